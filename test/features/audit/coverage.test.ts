/** What each operation notes: every change of membership, permission, key or setting, once, and nothing else. */
import { beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/core/crypto.ts';
import { AUDIT_ACTIONS } from '../../../src/features/audit/catalog.ts';
import { createUser, type User } from '../../helpers/actors.ts';
import { api, type ApiAnswer } from '../../helpers/api.ts';
import { auditOf } from '../../helpers/audit.ts';
import { sql } from '../../helpers/database.ts';
import { OPERATIONS } from '../../helpers/document.ts';
import { atAllowedHost, openRemote } from '../../helpers/remote.ts';
import { requestIn } from '../../helpers/requests.ts';
import { createToken } from '../../helpers/tokens.ts';
import { BY_THE_PLATFORM, UNNOTED } from '../../helpers/unaudited.ts';
import { createCast, createWorld, type Cast, type Part, type World } from '../../helpers/world.ts';

type Case = {
  /** Who does it; the owner unless another. */
  by?: Part | 'outsider' | 'nobody';
  body?: (world: World) => unknown;
  /** What has to be so before, which is not looked at. What it gives replaces the path. */
  prepare?: (world: World) => Promise<string | void>;
  /** The workspace that it is noted in, where it is not the world's. */
  elsewhere?: (answer: ApiAnswer) => string | Promise<string>;
  /** What is noted, in its order: each action with its details. */
  entries: [action: string, details: object][];
};

let cast: Cast;
let outsider: User;
let hook: string;
beforeAll(async () => {
  [cast, outsider] = await Promise.all([createCast(), createUser()]);
  hook = atAllowedHost(openRemote().url('hook', {}));
});

const ID = expect.any(String) as string;
const NO_RIGHTS = { edit: false, comment: false, share: false, delete: false };

const INVITED = { role: 'member' };
const JOINED = { ...INVITED, invitation_id: ID, projects: [] };

/** The world's invitation as one to the outsider, with a token that is known. */
async function inviteOutsider(world: World): Promise<void> {
  await sql`update workspace_invitations set email = ${outsider.email}, token_hash = ${sha256(tokenOf(world))}
    where id = ${world.find('invitation_id', 'owner')}`;
}
const tokenOf = ({ workspaceId }: World) => workspaceId.replaceAll('-', '').padEnd(43, 'x');

const workflowIn = (world: World) => `/api/v1/workflows/${world.find('workflow_id', 'owner')}`;

async function publish(world: World): Promise<void> {
  await cast.owner.post(`${workflowIn(world)}/deployments`, {});
}

/** The world's integration as one whose address is allowed here. */
async function pointAtHook(world: World): Promise<void> {
  await sql`update workspace_integrations set config = jsonb_set(config, '{url}', to_jsonb(${hook}::text))
    where id = ${world.find('integration_id', 'owner')}`;
}

const variable = { key: 'NOTED', value: 'x' };
const apiKey = { api_key: 'LOCAL_API_KEY' };

/** By operation; where one can do several things, with what it is. */
const CASES: Record<string, Case> = {
  createWorkspace: {
    body: () => ({ name: 'Another', type: 'collaborative' }),
    elsewhere: ({ body }) => (body.workspace ?? body).id,
    entries: [['workspace.created', {}]],
  },
  updateWorkspace: {
    body: () => ({ name: 'Renamed', is_public: true }),
    entries: [
      ['workspace.updated', { fields: ['name', 'is_public'], changes: { is_public: { from: false, to: true } } }],
    ],
  },
  replaceWorkspace: {
    body: () => ({ name: 'Renamed' }),
    entries: [['workspace.updated', { fields: ['name'], changes: {} }]],
  },
  deleteWorkspace: { entries: [['workspace.deleted', {}]] },
  restoreWorkspace: {
    prepare: async ({ workspaceId }) => {
      await sql`update workspaces set status = 'deleted', deleted_at = now() where id = ${workspaceId}`;
      return `/api/v1/workspaces/deleted/${workspaceId}/restore`;
    },
    entries: [['workspace.restored', {}]],
  },
  transferWorkspace: {
    entries: [
      ['member.role_changed', { from: 'owner', to: 'admin' }],
      ['member.role_changed', { from: 'member', to: 'owner' }],
      ['workspace.transferred', { from: ID, to: ID }],
    ],
  },
  leaveWorkspace: { by: 'member', entries: [['member.left', { role: 'member' }]] },
  removeMember: { entries: [['member.removed', { role: 'member' }]] },
  changeMemberRole: {
    body: () => ({ role: 'admin' }),
    entries: [['member.role_changed', { from: 'member', to: 'admin' }]],
  },
  bulkUpdateMembers: {
    body: (world) => ({ action: 'remove', member_ids: [world.find('member_id', 'owner')] }),
    entries: [['member.removed', { role: 'member' }]],
  },
  inviteMember: {
    body: () => ({ email: `${crypto.randomUUID()}@example.test`, role: 'member' }),
    entries: [['invitation.created', { ...INVITED, projects: [] }]],
  },
  resendInvitation: { entries: [['invitation.resent', INVITED]] },
  cancelInvitation: { entries: [['invitation.cancelled', INVITED]] },
  acceptInvitation: { by: 'outsider', prepare: inviteOutsider, entries: [['member.joined', JOINED]] },
  acceptInvitationByToken: {
    by: 'outsider',
    prepare: inviteOutsider,
    body: (world) => ({ token: tokenOf(world) }),
    entries: [['member.joined', JOINED]],
  },
  declineInvitation: { by: 'outsider', prepare: inviteOutsider, entries: [['invitation.declined', INVITED]] },
  declineInvitationByToken: {
    by: 'outsider',
    prepare: inviteOutsider,
    body: (world) => ({ token: tokenOf(world) }),
    entries: [['invitation.declined', INVITED]],
  },
  'inviteMember, with another role': {
    prepare: inviteOutsider,
    body: () => ({ email: outsider.email, role: 'viewer' }),
    entries: [['invitation.changed', { role: 'viewer' }]],
  },
  deleteProject: { entries: [['project.deleted', {}]] },
  restoreProject: { entries: [['project.restored', {}]] },
  bulkUpdateProjects: {
    body: (world) => ({ action: 'delete', project_ids: [world.find('project_id', 'owner')] }),
    entries: [['project.deleted', {}]],
  },
  'bulkUpdateProjects, to another workspace': {
    body: (world) => ({
      action: 'move_workspace',
      project_ids: [world.find('project_id', 'owner')],
      target_workspace_id: cast.owner.workspaceId,
    }),
    entries: [['project.moved', { from: ID, to: ID }]],
  },
  'putProjectCollaborator, of somebody new': {
    prepare: async (world) =>
      `/api/v1/workspaces/projects/${world.find('project_id', 'owner')}/collaborators/${cast.target.id}`,
    body: () => ({ can_edit: true }),
    entries: [['collaborator.added', { project_id: ID, before: null, after: expect.objectContaining({ edit: true }) }]],
  },
  putProjectCollaborator: {
    body: () => ({ can_edit: true }),
    entries: [['collaborator.changed', { project_id: ID, before: NO_RIGHTS, after: { ...NO_RIGHTS, edit: true } }]],
  },
  removeProjectCollaborator: {
    entries: [['collaborator.removed', { project_id: ID, before: NO_RIGHTS, after: null }]],
  },
  createIntegration: {
    body: () => ({ integration_type: 'webhook', config: { url: hook, events: ['*'] } }),
    entries: [['integration.created', { type: 'webhook', is_enabled: true }]],
  },
  updateIntegration: {
    body: () => ({ is_enabled: false }),
    entries: [['integration.updated', { fields: ['is_enabled'] }]],
  },
  replaceIntegration: {
    body: () => ({ integration_type: 'webhook', config: { url: hook, events: ['*'] }, is_enabled: true }),
    entries: [['integration.updated', { fields: ['config.url', 'config.secret'] }]],
  },
  rotateIntegrationSecret: {
    prepare: pointAtHook,
    entries: [['integration.secret_rotated', { fields: ['config.secret'] }]],
  },
  deleteIntegration: { entries: [['integration.deleted', { type: 'webhook' }]] },
  createBudget: {
    body: () => ({ period: 'day', amount_usd: '5' }),
    entries: [['budget.created', { scope: 'workspace', subject_id: ID, period: 'day', amount_usd: '5' }]],
  },
  updateBudget: { body: () => ({ amount_usd: '7' }), entries: [['budget.updated', { amount_usd: '7' }]] },
  deleteBudget: { entries: [['budget.deleted', {}]] },
  createRoute: {
    body: () => ({ name: 'cheap', strategy: 'cheapest', targets: [{ provider: 'local', model: 'local-small' }] }),
    entries: [['llm_route.created', { name: 'cheap' }]],
  },
  updateRoute: {
    body: () => ({ strategy: 'fastest', shadow: null }),
    entries: [['llm_route.updated', { fields: ['strategy', 'shadow'] }]],
  },
  deleteRoute: { entries: [['llm_route.deleted', {}]] },
  createEndpoint: {
    body: () => ({ name: 'our-vllm', base_url: 'https://models.example.com/secret/v1', api_key: 'sk-invented-0001' }),
    entries: [
      ['llm_endpoint.created', { name: 'our-vllm', host: 'models.example.com', has_key: true, is_active: true }],
    ],
  },
  updateEndpoint: {
    body: () => ({ base_url: 'https://others.example.com/secret/v1', api_key: 'sk-invented-0001' }),
    entries: [['llm_endpoint.updated', { fields: ['base_url', 'api_key'], host: 'others.example.com' }]],
  },
  deleteEndpoint: { entries: [['llm_endpoint.deleted', {}]] },
  updateLlmSettings: {
    body: () => ({ keep_content_days: 3 }),
    entries: [['llm_settings.updated', { keep_content_days: 3 }]],
  },
  updateExecutionSettings: {
    body: () => ({ max_concurrent_executions: 4, is_paused: true }),
    entries: [['execution_settings.updated', { max_concurrent_executions: 4, is_paused: true, retention_days: null }]],
  },
  createUserVariable: { body: () => variable, entries: [['variable.created', {}]] },
  updateUserVariable: {
    body: () => ({ value: 'y' }),
    entries: [['variable.updated', { fields: ['value'], ...apiKey }]],
  },
  replaceUserVariable: { body: () => variable, entries: [['variable.updated', { fields: ['key', 'value'] }]] },
  deleteUserVariable: { entries: [['variable.deleted', apiKey]] },
  saveApiKey: {
    body: () => ({ value: 'sk-invented-0001' }),
    entries: [['variable.updated', { fields: ['value', 'category', 'is_active'], ...apiKey }]],
  },
  deleteApiKey: { entries: [['variable.deleted', apiKey]] },
  'createWorkflow, for everybody': {
    body: () => ({ name: 'Open', is_public: true }),
    entries: [['workflow.shared', { is_public: true }]],
  },
  updateWorkflow: { body: () => ({ is_public: true }), entries: [['workflow.shared', { is_public: true }]] },
  deleteWorkflow: {
    prepare: async (world) => {
      await sql`delete from workspace_projects where workflow_id = ${world.find('workflow_id', 'owner')}`;
    },
    entries: [['workflow.deleted', {}]],
  },
  publishWorkflow: {
    entries: [['workflow.published', { version: 1, replaced_version: null, replay_id: null }]],
  },
  rollBackWorkflow: {
    prepare: async (world) => {
      await publish(world);
      await cast.owner.put(workflowIn(world), {
        definition: { nodes: [{ id: 'a', type: 'manual' }], connections: [] },
      });
      await publish(world);
    },
    entries: [['workflow.rolled_back', { version: 1, replaced_version: 2, replay_id: null }]],
  },
  unpublishWorkflow: {
    prepare: publish,
    entries: [['workflow.unpublished', { version: null, replaced_version: 1, replay_id: null }]],
  },
  answerWait: {
    body: () => ({ decision: 'approve' }),
    entries: [['approval.answered', { decision: 'approved', via: 'account', execution_id: ID }]],
  },
  createSchedule: {
    body: () => ({ name: 'Nightly', cron: '@daily', time_zone: 'UTC' }),
    entries: [['schedule.created', { name: 'Nightly' }]],
  },
  updateSchedule: { body: () => ({ priority: 9 }), entries: [['schedule.updated', { fields: ['priority'] }]] },
  pauseSchedule: { entries: [['schedule.paused', { fields: [] }]] },
  resumeSchedule: { entries: [['schedule.resumed', { fields: [] }]] },
  deleteSchedule: { entries: [['schedule.deleted', {}]] },
  createWebhook: {
    body: () => ({ name: 'Orders' }),
    entries: [['webhook.created', { workflow_id: ID, scheme: 'standard', is_active: true }]],
  },
  updateWebhook: { body: () => ({ priority: 9 }), entries: [['webhook.updated', { fields: ['priority'] }]] },
  rotateWebhookSecret: { entries: [['webhook.secret_rotated', { fields: ['secret'] }]] },
  deleteWebhook: { entries: [['webhook.deleted', {}]] },
  createEventTrigger: {
    body: () => ({ name: 'Welcome', events: ['member.joined'] }),
    entries: [['event_trigger.created', { workflow_id: ID, events: ['member.joined'], is_active: true }]],
  },
  updateEventTrigger: {
    body: () => ({ is_active: false }),
    entries: [['event_trigger.updated', { fields: ['is_active'] }]],
  },
  deleteEventTrigger: { entries: [['event_trigger.deleted', {}]] },
  updateNode: { body: () => ({ is_public: true }), entries: [['node.shared', { is_public: true }]] },
  deleteNode: { entries: [['node.deleted', {}]] },
  createPersonalToken: {
    body: ({ workspaceId }) => ({ name: 'x', scopes: ['workspace:read'], workspace_id: workspaceId }),
    entries: [['access_token.created', { scopes: ['workspace:read'], days: 90 }]],
  },
  revokePersonalToken: {
    prepare: async ({ workspaceId }) => {
      const { id } = await createToken(cast.owner, ['workspace:read'], { workspaceId });
      return `/api/v1/auth/tokens/${id}`;
    },
    entries: [['access_token.revoked', {}]],
  },
  registerAccount: {
    by: 'nobody',
    body: () => {
      const username = `new${crypto.randomUUID().slice(0, 8)}`;
      return { email: `${username}@example.test`, username, full_name: 'New', password: cast.owner.password };
    },
    elsewhere: async ({ body }) => (await sql`select id from workspaces where owner_id = ${body.id}`)[0]!.id,
    entries: [['workspace.created', { type: 'individual' }]],
  },
};

const operationOf = (name: string) => name.split(',')[0]!;

/** Sections about what people may do in a workspace, and with what. */
const SECTIONS = [
  'Authentication',
  'Workspaces',
  'Invitations',
  'Projects',
  'Integrations',
  'Variables',
  'LLM',
  'Workflows',
  'Executions',
  'Triggers',
  'Nodes',
];

const WRITES = OPERATIONS.filter(
  ({ method, deprecated, tags, ...operation }) =>
    method !== 'GET' && !deprecated && SECTIONS.includes(tags[0]!) && operation['x-access'] !== 'superuser',
);

test('of every operation that changes something it is said what it notes', () => {
  const said = new Set([...Object.keys(CASES).map(operationOf), ...Object.values(UNNOTED).flat()]);
  expect(WRITES.map(({ operationId }) => operationId).toSorted()).toEqual([...said].toSorted());
});

test('every action is noted by some operation, or by the platform', () => {
  const noted = Object.values(CASES).flatMap(({ entries }) => entries.map(([action]) => action));
  expect(Object.keys(AUDIT_ACTIONS).toSorted()).toEqual([...new Set([...noted, ...BY_THE_PLATFORM])].toSorted());
});

describe('an operation notes what it does:', () => {
  test.each(Object.entries(CASES))('%s', async (name, { by = 'owner', body, prepare, elsewhere, entries }) => {
    const operation = WRITES.find((one) => one.operationId === operationOf(name))!;
    const world = await createWorld(cast, []);
    const path = await prepare?.(world);
    const caller = by === 'nobody' ? null : by === 'outsider' ? outsider : cast[by];
    const isCast = by !== 'nobody' && by !== 'outsider';
    const request = path ? { path, body: undefined } : requestIn(world, operation, isCast ? by : 'owner');
    const before = (await auditOf(world.workspaceId)).length;
    const answer = await (caller ?? api).request(
      operation.method,
      request.path,
      body ? body(world) : request.body,
      isCast && 'options' in request ? request.options : {},
    );
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    const noted = elsewhere ? await auditOf(await elsewhere(answer)) : (await auditOf(world.workspaceId)).slice(before);
    expect(noted.map(({ action, details }) => [action, details])).toEqual(entries);
    const origin = { actor_id: caller?.id ?? answer.body.id, request_id: answer.headers.get('x-request-id') };
    for (const { actor_id, request_id } of noted) expect({ actor_id, request_id }).toEqual(origin);
  });
});
