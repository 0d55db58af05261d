import { beforeAll, describe, expect, test } from 'vitest';
import { purgeWorkflowVersions } from '../../../src/features/workflows/index.ts';
import { addMember, createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { createWorkflow, steps, workflowPath } from '../../helpers/workflows.ts';

let owner: User;
let stranger: User;
beforeAll(async () => {
  [owner, stranger] = await Promise.all([createUser(), createUser()]);
});

/** A workflow with a version for each of these definitions. */
async function createVersions(...definitions: unknown[]): Promise<string> {
  const { id } = await createWorkflow(owner, { definition: definitions[0] });
  for (const definition of definitions.slice(1)) await owner.put(workflowPath(id), { definition });
  return id;
}

test('versions are listed without what they hold, and read with it', async () => {
  const id = await createVersions(steps('a'), steps('a', 'b'));
  const { body } = await owner.get(workflowPath(id, '/versions'));
  const listed = { workflow_id: id, note: null, created_by: owner.id, creator_name: 'Test User' };
  expect(body).toMatchObject([
    { ...listed, id: '2', version: '2', version_number: 2, is_current: true, total_nodes: 3 },
    { ...listed, id: '1', version: '1', version_number: 1, is_current: false, total_nodes: 2 },
  ]);
  expect(body[0]).not.toHaveProperty('definition');
  const read = await owner.get(workflowPath(id, '/versions/1'));
  expect(read.body).toEqual({ ...body[1], definition: steps('a') });
  for (const number of [3, 0, 'one', 2 ** 31]) {
    expect([404, 422]).toContain((await owner.get(workflowPath(id, `/versions/${number}`))).status);
  }
});

test('a note says what a version is', async () => {
  const id = await createVersions(steps('a'));
  const noted = await owner.patch(workflowPath(id, '/versions/1'), { note: 'The first' });
  expect(noted.body).toMatchObject({ note: 'The first', definition: steps('a') });
  expect((await owner.get(workflowPath(id, '/versions'))).body).toMatchObject([{ note: 'The first' }]);
  expect((await owner.patch(workflowPath(id, '/versions/1'), { note: null })).body).toMatchObject({ note: null });
  expect(await owner.patch(workflowPath(id, '/versions/2'), { note: 'None' })).toMatchObject({ status: 404 });
});

test('a comparison names what differs, and where', async () => {
  const before = {
    nodes: [{ id: 'a', type: 'set', data: { x: 1 } }, { id: 'b' }],
    connections: [{ from: 'a', to: 'b' }],
  };
  const after = { nodes: [{ id: 'a', type: 'set', data: { x: 2 } }, { id: 'c' }], connections: [], zoom: 1 };
  const id = await createVersions(before, after, steps('z'));
  const diff = (number: number, query = {}) => owner.get(workflowPath(id, `/versions/${number}/diff`), { query });
  expect((await diff(1, { against: 2 })).body).toEqual({
    from: 1,
    to: 2,
    nodes: {
      added: [{ id: 'c' }],
      removed: [{ id: 'b' }],
      changed: [{ id: 'a', fields: [{ path: '/data/x', change: 'changed' }] }],
    },
    connections: { added: [], removed: [{ from: 'a', to: 'b' }] },
    fields: [{ path: '/zoom', change: 'added' }],
    is_truncated: false,
  });
  expect((await diff(2)).body).toMatchObject({ from: 2, to: 3 });
  expect(await diff(1, { against: 9 })).toMatchObject({ status: 404 });
  expect(await diff(1, { against: 'yesterday' })).toMatchObject({ status: 422 });
});

describe('restoring', () => {
  test('makes what was then the next version, and loses none', async () => {
    const workspaceId = await createWorkspace(owner);
    const member = await createUser();
    await addMember(workspaceId, member, 'member');
    const { id } = await createWorkflow(owner, { definition: steps('a') }, workspaceId);
    await owner.put(workflowPath(id), { definition: steps('b') });
    const { body } = await member.post(workflowPath(id, '/versions/1/restore'), undefined, {
      headers: { 'Accept-Language': 'pt' },
    });
    expect(body).toMatchObject({
      message: 'Versão restaurada com sucesso',
      workflow: { id, version_number: 3, definition: steps('a'), updated_by: member.id },
    });
    expect((await owner.get(workflowPath(id, '/versions'))).body).toMatchObject([
      { version_number: 3, note: 'Versão 1 restaurada', is_current: true, created_by: member.id },
      { version_number: 2 },
      { version_number: 1, note: null },
    ]);
    expect(await owner.post(workflowPath(id, '/versions/9/restore'))).toMatchObject({ status: 404 });
  });

  test('happens once for an Idempotency-Key', async () => {
    const id = await createVersions(steps('a'), steps('b'));
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    const restore = () => owner.post(workflowPath(id, '/versions/1/restore'), undefined, { headers });
    expect((await restore()).body.workflow.version_number).toBe(3);
    expect((await restore()).body.workflow.version_number).toBe(3);
  });
});

test('how a public workflow came to be is its workspace’s affair', async () => {
  const { id } = await createWorkflow(owner, { is_public: true });
  for (const attempt of [
    stranger.get(workflowPath(id, '/versions')),
    stranger.get(workflowPath(id, '/versions/1')),
    stranger.get(workflowPath(id, '/versions/1/diff')),
    stranger.patch(workflowPath(id, '/versions/1'), { note: 'Mine' }),
    stranger.post(workflowPath(id, '/versions/1/restore')),
  ]) {
    expect(await attempt).toMatchObject({ status: 403 });
  }
});

test('versions beyond the last hundred go, but for those that an execution refers to', async () => {
  const { id } = await createWorkflow(owner);
  const other = await createVersions(steps('a'), steps('b'));
  await sql`
    insert into workflow_versions (workflow_id, workspace_id, version, definition)
    select id, workspace_id, n, definition from workflows, generate_series(2, 150) n where id = ${id}`;
  await sql`update workflows set version = 150 where id = ${id}`;
  await sql`
    insert into workflow_executions (workspace_id, workflow_id, workflow_version) values (${owner.workspaceId}, ${id}, 7)`;
  await purgeWorkflowVersions(createTestCtx());
  const left = await sql`select version from workflow_versions where workflow_id = ${id} order by version`;
  expect(left.map(({ version }) => version)).toEqual([7, ...Array.from({ length: 100 }, (_, at) => at + 51)]);
  expect(await sql`select from workflow_versions where workflow_id = ${other}`).toHaveLength(2);
});
