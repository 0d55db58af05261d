import { beforeAll, describe, expect, test } from 'vitest';
import { listOwnKeyProviders, loadApiKey, selectApiKey } from '../../../src/features/user-variables/index.ts';
import { addMember, createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { createTestSystemCtx } from '../../helpers/context.ts';
import { executeAndWait, executionPath, single } from '../../helpers/run-workflows.ts';
import { createWorkflow, workflowPath } from '../../helpers/workflows.ts';

let author: User;
let member: User;
let workspaceId: string;
beforeAll(async () => {
  [author, member] = await Promise.all([createUser(), createUser()]);
  workspaceId = await createWorkspace(author);
  await addMember(workspaceId, member, 'member');
  const headers = { 'X-Workspace-Id': workspaceId };
  await member.post('/api/v1/user-variables', { key: 'OF_MEMBER', value: 'kept-by-a-member' }, { headers });
  await member.post('/api/v1/user-variables/api-keys/openai', { value: 'sk-invented-1234567890abcd' }, { headers });
});

const definition = single('set', { values: { key: '${OF_MEMBER}' } });

describe('a workflow that another member wrote', () => {
  test('uses none of the variables of whoever runs it but those that are granted', async () => {
    const { id } = await createWorkflow(author, { definition }, workspaceId);
    expect((await executeAndWait(member, id)).body.status).toBe('failed');
    const granted = await executeAndWait(member, id, { grant_variables: ['OF_MEMBER'] });
    expect(granted.body.status).toBe('completed');
    // Whoever has written what runs has agreed to it.
    await member.put(workflowPath(id), { definition: { ...definition, note: 'read and agreed' } });
    expect((await executeAndWait(member, id)).body.status).toBe('completed');
    expect((await executeAndWait(member, id, { version: 1 })).body.status).toBe('failed');
  });

  test('is told what it needs before it runs', async () => {
    const { id } = await createWorkflow(author, { definition }, workspaceId);
    const checked = await member.post(workflowPath(id, '/validate'), {});
    expect(checked.body).toMatchObject({ is_valid: false, required_variables: ['OF_MEMBER'] });
  });
});

test('keys of providers are granted as variables are', async () => {
  const owner = { workspaceId, userId: member.id };
  const as = (grants: string[] | null) => ({ ...createTestSystemCtx(), grants });
  expect(await loadApiKey(as(null), 'openai', owner)).toContain('sk-');
  for (const grants of [[], ['OF_MEMBER']]) {
    expect(await loadApiKey(as(grants), 'openai', owner)).toBeNull();
    expect(await selectApiKey(as(grants), 'openai', owner)).toEqual([]);
    expect(await listOwnKeyProviders(as(grants), owner)).toEqual(new Set());
  }
  expect(await selectApiKey(as(['OPENAI_API_KEY']), 'openai', owner)).toHaveLength(1);
});

test('what is shown of a node holds no secret that its author wrote into it', async () => {
  const config = { values: { api_key: 'sk-of-the-author-himself', greeting: 'Hello' } };
  const { id } = await createWorkflow(author, { definition: single('set', config), is_public: true });
  const stranger = await createUser();
  const { body } = await executeAndWait(stranger, id);
  const nodes = await stranger.get(executionPath(body.execution_id, '/nodes'));
  const { config_data: shown } = nodes.body.find((node: { node_key: string }) => node.node_key === 'only');
  expect(shown).toEqual({ values: { api_key: '${API_KEY}', greeting: 'Hello' } });
});
