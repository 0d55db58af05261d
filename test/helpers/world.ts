import { env } from 'cloudflare:workers';
import { PROJECT_RIGHTS, type ProjectRight } from '../../src/core/permissions.ts';
import { parseEnv } from '../../src/env.ts';
import { digestOf, tokenOf } from '../../src/features/executions/waits/link.ts';
import { createUser, givePlan, type User } from './actors.ts';
import { createTestCtx } from './context.ts';
import { sql } from './database.ts';

/** What people of a world are there; a `collaborator` is a viewer with rights in its project. */
const ROLE_OF = {
  owner: 'owner',
  admin: 'admin',
  member: 'member',
  viewer: 'viewer',
  collaborator: 'viewer',
  target: 'member',
} as const;

export type Part = keyof typeof ROLE_OF;

/** The people of every world. Nobody acts as `target`, to whom things are done. */
export type Cast = Record<Part, User>;

/** A workspace of the cast's with one of everything in it. */
export type World = {
  workspaceId: string;
  /**
   * What a parameter of a path, or a field of a body, is here; of what everybody has one of their own, that of `part`.
   * Undefined for what a world does not have.
   */
  find(name: string, part: Part): string | number | undefined;
};

export async function createCast(): Promise<Cast> {
  const users = await Promise.all(Object.keys(ROLE_OF).map(async (part) => [part, await createUser()] as const));
  const cast = Object.fromEntries(users) as Cast;
  await Promise.all(users.map(([, user]) => givePlan(user, 'enterprise')));
  return cast;
}

/**
 * Makes a world, past the API and in one transaction: what is tried on one is not to spoil another.
 * @param rights what the collaborator may do in its project
 */
export async function createWorld(cast: Cast, rights: readonly ProjectRight[]): Promise<World> {
  const ids = newIds();
  const { workspace, workflow, project, version, invitation, activity, integration, delivery } = ids;
  const owner = cast.owner.id;
  const people = await Promise.all(
    Object.entries(cast).map(([part, user]) => outfit(part as Part, user, workspace, rights)),
  );
  const everybody = JSON.stringify(people);
  const config = { url: 'https://hooks.example.test/world', events: ['*'], secret: 'whsec_****' };
  const secrets = await seal(
    { secret: createSigningSecret(), former: [] },
    'workspace_integrations',
    integration,
    workspace,
  );
  const hookSecrets = await seal(
    { secret: createSigningSecret(), former: [] },
    'webhook_triggers',
    ids.webhook,
    workspace,
  );
  const fileKey = `files/${workspace}/world`;
  await env.STORAGE.put(fileKey, 'World');
  const digest = digestOf(tokenOf(parseEnv(env), ids.wait));
  const results = await sql.transaction([
    // In one statement, for a workspace is never without its owner.
    sql`with made as (
          insert into workspaces (id, name, slug, type, owner_id)
          values (${workspace}, 'World', ${workspace}, 'collaborative', ${owner}) returning id
        )
        insert into workspace_members (workspace_id, user_id, role)
        select made.id, person.id, person.role::member_role
        from made, json_to_recordset(${everybody}::json) as person (id uuid, role text)
        returning id, user_id`,
    sql`insert into workflows (id, workspace_id, created_by, name, definition)
        select unnest(array[${workflow}, ${ids.deletedWorkflow}]::uuid[]), ${workspace}, ${owner}, 'Flow',
          '{"nodes":[{"id":"start","type":"manual"}],"connections":[]}'`,
    // It was published and is not any more, so that it can be, and be gone back to.
    sql`insert into workflow_deployments (workflow_id, workspace_id, number, kind, version, replaced_version, created_by)
        values (${workflow}, ${workspace}, 1, 'publish', 1, null, ${owner}),
          (${workflow}, ${workspace}, 2, 'unpublish', null, 1, ${owner})`,
    // One that waits for the action `start`, so that it can be started, cancelled and deleted.
    sql`insert into workflow_executions (id, workspace_id, workflow_id, workflow_version, created_by)
        values (${ids.execution}, ${workspace}, ${workflow}, 1, ${owner})`,
    sql`insert into schedules (id, workspace_id, workflow_id, created_by, acts_for, name, cron, time_zone)
        values (${ids.schedule}, ${workspace}, ${workflow}, ${owner}, ${owner}, 'Schedule', '@daily', 'UTC')`,
    sql`insert into execution_waits (id, workspace_id, execution_id, node_key, kind, title, token_digest, expires_at, created_by)
        values (${ids.wait}, ${workspace}, ${ids.execution}, 'ask', 'approval', 'World', ${digest}, now() + interval '7 days',
          ${owner})`,
    // By the path that the document has as its example.
    sql`insert into workflow_files (workspace_id, path, size_bytes, content_type, checksum, object_key, created_by)
        values (${workspace}, 'reports/2026-11.csv', 5, 'text/csv', 'none', ${fileKey}, ${owner})`,
    sql`insert into node_executions (id, execution_id, workspace_id, execution_order, node_key, node_type, status)
        values (${ids.nodeExecution}, ${ids.execution}, ${workspace}, 1, 'start', 'manual', 'completed')`,
    sql`insert into webhook_triggers (id, workspace_id, workflow_id, created_by, acts_for, name, hook_id, signature,
          sealed_secrets, replay_window_seconds, methods)
        values (${ids.webhook}, ${workspace}, ${workflow}, ${owner}, ${owner}, 'Hook', ${ids.webhook},
          '{"scheme":"standard"}', ${hookSecrets}, 300, array['POST'])`,
    sql`insert into webhook_calls (id, workspace_id, webhook_id, outcome, method, headers, size_bytes)
        values (${ids.call}, ${workspace}, ${ids.webhook}, 'accepted', 'POST', '{}', 2)`,
    sql`insert into event_triggers (id, workspace_id, workflow_id, created_by, acts_for, name, events)
        values (${ids.eventTrigger}, ${workspace}, ${workflow}, ${owner}, ${owner}, 'Event', array['comment.added'])`,
    sql`insert into nodes (id, workspace_id, created_by, name, type, code_template)
        values (${ids.node}, ${workspace}, ${owner}, 'Node', 'transform', '$')`,
    sql`insert into workspace_projects (id, workspace_id, workflow_id, created_by, name, status, deleted_at) values
        (${project}, ${workspace}, ${workflow}, ${owner}, 'Project', 'active', null),
        (${ids.deletedProject}, ${workspace}, ${ids.deletedWorkflow}, ${owner}, 'Deleted', 'deleted', now())`,
    sql`insert into project_versions (id, project_id, workspace_id, created_by, version_number, workflow_data, checksum)
        select ${version}, ${project}, ${workspace}, ${owner}, 1, definition,
          encode(sha256(convert_to(definition::text, 'UTF8')), 'hex') from workflows where id = ${workflow}`,
    // Everybody but the target is one, so that each can be asked about themselves.
    sql`insert into project_collaborators
          (project_id, workspace_id, user_id, can_edit, can_comment, can_share, can_delete)
        select project.id, ${workspace}, person.id, person.edit, person.comment, person.share, person.delete
        from json_to_recordset(${everybody}::json)
            as person (id uuid, part text, edit boolean, comment boolean, share boolean, delete boolean),
          unnest(array[${project}, ${ids.deletedProject}]::uuid[]) as project (id)
        where person.part <> 'target'`,
    sql`insert into project_comments (id, project_id, workspace_id, user_id, content)
        select person.comment_id, ${project}, ${workspace}, person.id, 'Noted'
        from json_to_recordset(${everybody}::json) as person (id uuid, comment_id uuid)`,
    sql`insert into user_variables (id, workspace_id, created_by, key, sealed_value)
        select person.variable_id, ${workspace}, person.id, 'LOCAL_API_KEY', person.sealed
        from json_to_recordset(${everybody}::json) as person (id uuid, variable_id uuid, sealed text)`,
    sql`insert into workspace_invitations
          (id, workspace_id, inviter_id, email, role, token_hash, mail_id, expires_at)
        values (${invitation}, ${workspace}, ${owner}, ${`${invitation}@example.test`}, 'member', ${invitation},
          ${crypto.randomUUID()}, now() + interval '7 days')`,
    sql`insert into workspace_activities (id, workspace_id, user_id, action, resource_type, project_id, followed_up_at)
        values (${activity}, ${workspace}, ${owner}, 'project_created', 'project', ${project}, now())`,
    sql`insert into notifications (id, workspace_id, user_id, activity_id, kind)
        select person.notification_id, ${workspace}, person.id, ${activity}, 'project_update'
        from json_to_recordset(${everybody}::json) as person (id uuid, notification_id uuid)`,
    sql`insert into workspace_integrations (id, workspace_id, created_by, integration_type, config, sealed_secrets)
        values (${integration}, ${workspace}, ${owner}, 'webhook', ${JSON.stringify(config)}, ${secrets})`,
    sql`insert into integration_deliveries
          (id, workspace_id, integration_id, activity_id, event_type, payload, status, attempts)
        values (${delivery}, ${workspace}, ${integration}, ${activity}, 'project.created', '{}', 'failed', 1)`,
    sql`insert into llm_budgets (id, workspace_id, created_by, scope, subject_id, period, amount_usd)
        values (${ids.budget}, ${workspace}, ${owner}, 'workspace', ${workspace}, 'total', 1000)`,
    sql`insert into llm_routes (id, workspace_id, created_by, name, strategy, targets)
        values (${ids.route}, ${workspace}, ${owner}, 'world', 'fallback', ${JSON.stringify([ROUTE_TARGET])})`,
    sql`insert into llm_route_decisions (id, workspace_id, created_by, route_id, facts, decision)
        select person.decision_id, ${workspace}, person.id, ${ids.route},
          ${JSON.stringify({ strategy: 'fallback', candidates: [], draw: 0 })}, '{"order":[],"excluded":[]}'
        from json_to_recordset(${everybody}::json) as person (id uuid, decision_id uuid)`,
    // Nothing is ever sent to it: the guard refuses the name by itself.
    sql`insert into llm_endpoints (id, workspace_id, created_by, name, base_url)
        values (${ids.endpoint}, ${workspace}, ${owner}, 'world-models', 'https://models.example.test/v1')`,
    sql`with calls as (
          insert into llm_calls (id, workspace_id, created_by, provider, model, operation, streamed, request_id,
            price_input, price_output, status)
          select person.usage_log_id, ${workspace}, person.id, 'local', 'stub', 'chat', false, 'world', 0, 0, 'settled'
          from json_to_recordset(${everybody}::json) as person (id uuid, usage_log_id uuid) returning id, created_by
        ), contents as (
          insert into llm_call_contents (call_id, workspace_id, created_by, request, response, expires_at)
          select id, ${workspace}, created_by, '{"messages":[],"parameters":{},"truncated":false}',
            '{"content":"","reasoning_content":null,"tool_calls":null,"function_call":null,"finish_reason":null,"truncated":false}',
            now() + interval '1 day'
          from calls
        )
        insert into llms_usage_logs (id, call_id, workspace_id, user_id, provider, model, input_tokens, output_tokens,
          token_source, price_input, price_output, cost_usd, user_api_key_used, status)
        select id, id, ${workspace}, created_by, 'local', 'stub', 1, 1, 'provider', 0, 0, 0, false, 'success' from calls`,
    sql`insert into billing_events (id, workspace_id, user_id, event_type, amount_usd, status)
        values (${ids.event}, ${workspace}, ${owner}, 'credit', 1, 'completed')`,
    sql`select append_audit(${workspace}, ${owner}, null, 'workspace.updated', 'workspace', ${workspace},
          '{}', 'world', '{}') as id`,
  ]);
  const shared: Record<string, string | number> = {
    workspace_id: workspace,
    project_id: project,
    deleted_project_id: ids.deletedProject,
    version_id: version,
    workflow_id: workflow,
    execution_id: ids.execution,
    node_execution_id: ids.nodeExecution,
    schedule_id: ids.schedule,
    wait_id: ids.wait,
    // A trigger keeps the first of each.
    version_number: 1,
    webhook_id: ids.webhook,
    call_id: ids.call,
    event_trigger_id: ids.eventTrigger,
    node_id: ids.node,
    node_type: 'condition',
    invitation_id: invitation,
    integration_id: integration,
    delivery_id: delivery,
    activity_id: activity,
    budget_id: ids.budget,
    route_id: ids.route,
    endpoint_id: ids.endpoint,
    event_id: ids.event,
    member_id: results[0]!.find(({ user_id }) => user_id === cast.target.id)!.id,
    entry_id: results.at(-1)![0]!.id,
    provider: 'local',
  };
  return {
    workspaceId: workspace,
    find(name, part) {
      const { id: user_id, ...own } = people.find((one) => one.part === part)!;
      const { variable_id, comment_id, notification_id, usage_log_id, decision_id } = own;
      // The line of a call has its id here.
      const calls = { usage_log_id, stream_id: usage_log_id };
      return { ...shared, ...calls, user_id, variable_id, comment_id, notification_id, decision_id }[name];
    },
  };
}

const ROUTE_TARGET = { provider: 'local', model: 'local-small', weight: 1 };

/** What everybody has one of their own of. */
async function outfit(part: Part, { id }: User, workspace: string, rights: readonly ProjectRight[]) {
  const { variable, comment, notification, usageLog, decision } = newIds();
  return {
    part,
    id,
    role: ROLE_OF[part],
    ...rightsOf(part === 'collaborator' ? rights : []),
    variable_id: variable,
    sealed: await seal('sk-invented-1234', 'user_variables', variable, workspace),
    comment_id: comment,
    notification_id: notification,
    decision_id: decision,
    usage_log_id: usageLog,
  };
}

function seal(secret: unknown, table: string, row: string, workspace: string): Promise<string> {
  const text = typeof secret === 'string' ? secret : JSON.stringify(secret);
  return createTestCtx().keyring.seal(text, { table, row, workspace });
}

const createSigningSecret = () => `whsec_${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64')}`;

/** A new id for whatever is asked of it. */
const newIds = () =>
  new Proxy({} as Record<IdName, string>, { get: (ids, name: IdName) => (ids[name] ??= crypto.randomUUID()) });

type IdName =
  | 'workspace'
  | 'workflow'
  | 'execution'
  | 'nodeExecution'
  | 'schedule'
  | 'webhook'
  | 'call'
  | 'eventTrigger'
  | 'wait'
  | 'node'
  | 'deletedWorkflow'
  | 'project'
  | 'deletedProject'
  | 'version'
  | 'invitation'
  | 'activity'
  | 'integration'
  | 'delivery'
  | 'budget'
  | 'route'
  | 'decision'
  | 'endpoint'
  | 'event'
  | 'variable'
  | 'comment'
  | 'notification'
  | 'usageLog';

const rightsOf = (held: readonly ProjectRight[]) =>
  Object.fromEntries(PROJECT_RIGHTS.map((right) => [right, held.includes(right)])) as Record<ProjectRight, boolean>;

/** Everything that the database holds of a workspace but when somebody was last there. */
export async function snapshotOf({ workspaceId }: World): Promise<Record<string, unknown>[]> {
  tables ??= findTables();
  const rows = (await tables).map((name) => `${contentOf(name)} where workspace_id = $1`);
  rows.push(`${contentOf('workspaces')} where id = $1`);
  return sql.query(`${rows.join(' union all ')} order by 1, 2`, [workspaceId]);
}

const contentOf = (table: string) =>
  `select '${table}' as name, (to_jsonb(t) - 'last_seen_at')::text as content from ${table} t`;

let tables: Promise<string[]> | undefined;

/** Those with a workspace's rows; tokens, which note their use, left out. */
async function findTables(): Promise<string[]> {
  const rows = await sql`
    select table_name as name from information_schema.columns
    join information_schema.tables using (table_schema, table_name)
    where table_schema = 'public' and table_type = 'BASE TABLE' and column_name = 'workspace_id'
      and table_name <> 'personal_access_tokens' order by 1`;
  return rows.map(({ name }) => name);
}
