import { beforeAll, describe, expect, test } from 'vitest';
import { purgeWorkflowVersions } from '../../../src/features/workflows/index.ts';
import { purgeWorkspaces } from '../../../src/features/workspaces/index.ts';
import { addMember, createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { auditOf } from '../../helpers/audit.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { definition, killRunner, recorded, runnerOf, start, transform, trigger } from '../../helpers/executions.ts';
import { createVersions, saveVersion, saying } from '../../helpers/versions.ts';
import { createWorkflow, workflowPath } from '../../helpers/workflows.ts';

let owner: User;
let stranger: User;
beforeAll(async () => {
  [owner, stranger] = await Promise.all([createUser(), createUser()]);
});

const change = (id: string, number: number) => saveVersion(owner, id, number);

const publish = (id: string, input: object = {}, headers: Record<string, string> = {}) =>
  owner.post(workflowPath(id, '/deployments'), input, { headers });

const rollBack = (id: string, input: object = {}, headers: Record<string, string> = {}) =>
  owner.post(workflowPath(id, '/deployments/rollback'), input, { headers });

const live = async (id: string) => (await owner.get(workflowPath(id, '/deployment'))).body;

/** The version that an execution was of, by what came of it. */
async function ran(id: string, request: object = {}, by: User = owner): Promise<number> {
  const executionId = await start(by, id, request);
  const row = await recorded(executionId);
  expect(row).toMatchObject({ status: 'completed', workflow_version: row.output_data.says });
  return row.output_data.says;
}

const stagesOf = async (id: string) => {
  const { body } = await owner.get(workflowPath(id, '/versions'));
  return Object.fromEntries(body.map((row: any) => [row.version_number, row.stage]));
};

describe('what runs', () => {
  test('is the present version as long as nothing is published, and what is published from then on', async () => {
    const id = await createVersions(owner, 2);
    expect(await live(id)).toMatchObject({
      is_published: false,
      number: 0,
      version: 2,
      since: null,
      deployment: null,
      draft_ahead: 0,
      diff_url: null,
    });
    expect(await ran(id)).toBe(2);
    const { status, body } = await publish(id, { note: 'The second' });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      workflow_id: id,
      number: 1,
      kind: 'publish',
      version: 2,
      replaced_version: null,
      note: 'The second',
      replay: null,
      created_by: owner.id,
      creator_name: 'Test User',
    });
    await change(id, 3);
    await change(id, 4);
    expect(await live(id)).toMatchObject({
      is_published: true,
      version: 2,
      since: body.created_at,
      deployment: body,
      draft_version: 4,
      draft_ahead: 2,
      diff_url: workflowPath(id, '/versions/2/diff'),
    });
    const diff = await owner.get((await live(id)).diff_url);
    expect(diff.body).toMatchObject({ from: 2, to: 4, nodes: { changed: [{ id: 'say' }] } });
    expect(await ran(id)).toBe(2);
    expect(await ran(id, { version: 3 })).toBe(3);
    expect(await ran(id, { stage: 'draft' })).toBe(4);
    expect(await ran(id, { stage: 'published' })).toBe(2);
    expect(await ran(id, { stage: 'draft', version: 1 })).toBe(1);
    const created = await owner.post('/api/v1/executions', { workflow_id: id, stage: 'draft' });
    expect(created.body).toMatchObject({ workflow_version: 4 });
    expect((await owner.post('/api/v1/executions', { workflow_id: id })).body).toMatchObject({ workflow_version: 2 });
  });

  test('is for others what is published, and they see no more of it', async () => {
    const id = await createVersions(owner, 2, { is_public: true });
    await publish(id, { version: 1 });
    expect(await ran(id, {}, stranger)).toBe(1);
    for (const request of [{ version: 2 }, { stage: 'draft' }]) {
      expect(await stranger.post(workflowPath(id, '/execute'), request)).toMatchObject({ status: 404 });
    }
    expect(await ran(id, { version: 1 }, stranger)).toBe(1);
    const seen = await stranger.get(workflowPath(id));
    expect(seen.body).toMatchObject({ version_number: 1, published_version: 1, definition: saying(1) });
    const listed = await stranger.get('/api/v1/workflows', { query: { is_public: 'true' } });
    expect(listed.body.items.find((one: any) => one.id === id)).toMatchObject({ definition: saying(1) });
    const copy = await stranger.post(workflowPath(id, '/duplicate'));
    expect(copy.body).toMatchObject({ definition: saying(1), published_version: null });
    const own = await owner.get(workflowPath(id));
    expect(own.body).toMatchObject({ version_number: 2, published_version: 1, definition: saying(2) });
    for (const path of ['/deployment', '/deployments']) {
      expect(await stranger.get(workflowPath(id, path))).toMatchObject({ status: 403 });
    }
    expect(await stranger.post(workflowPath(id, '/deployments'), {})).toMatchObject({ status: 403 });
  });

  test('stays what it was for an execution that has begun, though its runner dies while another is published', async () => {
    const { id } = await createWorkflow(owner, {
      definition: definition({
        start: trigger,
        nap: { type: 'delay', config: { ms: 400 } },
        say: transform('{ "says": 1 }'),
      }),
    });
    await publish(id);
    const executionId = await start(owner, id);
    await change(id, 2);
    await publish(id);
    await killRunner(owner.workspaceId);
    await change(id, 3);
    await publish(id);
    await rollBack(id);
    await runnerOf(owner.workspaceId).describe(executionId);
    expect(await recorded(executionId)).toMatchObject({
      status: 'completed',
      workflow_version: 1,
      output_data: { says: 1 },
    });
    expect(await ran(id)).toBe(2);
  });

  test('is the present version again once nothing is published any more', async () => {
    const id = await createVersions(owner, 2);
    await publish(id, { version: 1 });
    const { status, body } = await owner.delete(workflowPath(id, '/deployment'));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      is_published: false,
      number: 2,
      version: 2,
      deployment: { kind: 'unpublish', version: null, replaced_version: 1 },
    });
    expect(await ran(id)).toBe(2);
    // Another one has nothing to take back.
    expect((await owner.delete(workflowPath(id, '/deployment'))).body).toMatchObject({ number: 2 });
    expect((await rollBack(id)).body).toMatchObject({ kind: 'rollback', version: 1, replaced_version: null });
    expect(await ran(id)).toBe(1);
  });
});

describe('going back', () => {
  test('leads to what ran before, step by step, and says so of each version', async () => {
    const id = await createVersions(owner, 4);
    for (const version of [1, 2, 3]) await publish(id, { version });
    expect(await stagesOf(id)).toEqual({ 1: 'superseded', 2: 'superseded', 3: 'published', 4: 'draft' });
    expect((await rollBack(id, { note: 'It shouts' })).body).toMatchObject({
      kind: 'rollback',
      version: 2,
      replaced_version: 3,
      note: 'It shouts',
    });
    expect(await stagesOf(id)).toEqual({ 1: 'superseded', 2: 'published', 3: 'rolled_back', 4: 'draft' });
    expect((await rollBack(id)).body).toMatchObject({ version: 1 });
    expect(await rollBack(id)).toMatchObject({ status: 409, body: { code: 'nothing_to_roll_back' } });
    expect((await rollBack(id, { to_version: 3 })).body).toMatchObject({ version: 3, replaced_version: 1 });
    expect(await rollBack(id, { to_version: 4 })).toMatchObject({
      status: 422,
      body: { errors: [{ loc: ['body', 'to_version'], type: 'never_published' }] },
    });
    await publish(id);
    const { body } = await owner.get(workflowPath(id, '/deployments'));
    expect(body.map((row: any) => [row.number, row.kind, row.version, row.replaced_version])).toEqual([
      [7, 'publish', 4, 3],
      [6, 'rollback', 3, 1],
      [5, 'rollback', 1, 2],
      [4, 'rollback', 2, 3],
      [3, 'publish', 3, 2],
      [2, 'publish', 2, 1],
      [1, 'publish', 1, null],
    ]);
  });

  test('is possible for ever: what was published is not purged with what is old', async () => {
    const id = await createVersions(owner, 3);
    await publish(id, { version: 1 });
    await publish(id, { version: 3 });
    await sql`update workflows set version = 200 where id = ${id}`;
    await purgeWorkflowVersions(createTestCtx());
    const kept = await sql`select version from workflow_versions where workflow_id = ${id} order by version`;
    expect(kept.map(({ version }) => version)).toEqual([1, 3, 200]);
    await rollBack(id);
    expect(await ran(id)).toBe(1);
  });
});

describe('publishing', () => {
  test('changes nothing where the version runs already, and is refused where it cannot run or is not there', async () => {
    const id = await createVersions(owner, 2);
    const first = await publish(id);
    expect((await publish(id)).body).toEqual(first.body);
    expect(await publish(id, { version: 9 })).toMatchObject({ status: 404 });
    await owner.put(workflowPath(id), { definition: definition({ start: trigger, odd: { type: 'no_such_type' } }) });
    const refused = await publish(id);
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ type: 'unknown_type' }] } });
    expect(await live(id)).toMatchObject({ version: 2, number: 1 });
  });

  test('is told to the workspace, and audited', async () => {
    const workspaceId = await createWorkspace(owner);
    const { id } = await createWorkflow(owner, { name: 'Orders', definition: saying(1) }, workspaceId);
    await publish(id);
    await change(id, 2);
    await publish(id);
    await rollBack(id);
    await owner.delete(workflowPath(id, '/deployment'));
    const entries = (await auditOf(workspaceId)).map(({ action, details }) => [action, details]);
    const details = { version: 1, replaced_version: null, replay_id: null };
    expect(entries).toEqual([
      ['workflow.published', details],
      ['workflow.published', { ...details, version: 2, replaced_version: 1 }],
      ['workflow.rolled_back', { ...details, replaced_version: 2 }],
      ['workflow.unpublished', { ...details, version: null, replaced_version: 1 }],
    ]);
    const { body } = await owner.get(`/api/v1/workspaces/${workspaceId}/activities`);
    const items = body.items ?? body;
    expect(items.map(({ action, metadata }: any) => [action, metadata.number]).slice(0, 3)).toEqual([
      ['workflow_unpublished', 1],
      ['workflow_rolled_back', 1],
      ['workflow_published', 2],
    ]);
  });

  test('takes what others have deployed meanwhile for a reason to look again', async () => {
    const id = await createVersions(owner, 3);
    const before = (await owner.get(workflowPath(id, '/deployment'))).headers.get('etag')!;
    expect((await publish(id, { version: 1 }, { 'If-Match': before })).status).toBe(201);
    expect(await publish(id, { version: 2 }, { 'If-Match': before })).toMatchObject({ status: 412 });
    expect(await rollBack(id, {}, { 'If-Match': before })).toMatchObject({ status: 412 });
    const { headers } = await owner.get(workflowPath(id, '/deployment'));
    await change(id, 4);
    // Another draft is no other deployment.
    expect((await publish(id, { version: 2 }, { 'If-Match': headers.get('etag')! })).status).toBe(201);
  });

  test('at once by many leaves one history, in which each follows the one before', async () => {
    const id = await createVersions(owner, 6);
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((version) => publish(id, { version })));
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].every((status) => status === 201 || status === 412)).toBe(true);
    const { body } = await owner.get(workflowPath(id, '/deployments'));
    expect(body.length).toBe(answers.filter(({ status }) => status === 201).length);
    for (const [at, row] of body.entries()) expect(row.replaced_version).toBe(body[at + 1]?.version ?? null);
    expect(await live(id)).toMatchObject({ version: body[0].version });
  });

  test('again under the same key is answered as it was, whatever has become of the workflow', async () => {
    const id = await createVersions(owner, 2);
    const headers = { 'Idempotency-Key': crypto.randomUUID(), 'If-Match': '"v0"' };
    const first = await publish(id, {}, headers);
    expect(first.status).toBe(201);
    await publish(id, { version: 1 });
    await owner.put(workflowPath(id), { definition: definition({ start: trigger, odd: { type: 'no_such_type' } }) });
    const again = await publish(id, {}, headers);
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const back = { 'Idempotency-Key': crypto.randomUUID() };
    const gone = await rollBack(id, {}, back);
    expect((await rollBack(id, {}, back)).body).toEqual(gone.body);
    // A refusal leaves the key as it was.
    const refused = { 'Idempotency-Key': crypto.randomUUID() };
    expect((await publish(id, { version: 9 }, refused)).status).toBe(404);
    expect((await publish(id, { version: 1 }, refused)).status).toBe(201);
  });

  test('takes the right to write', async () => {
    const workspaceId = await createWorkspace(owner);
    const viewer = await createUser();
    await addMember(workspaceId, viewer, 'viewer');
    const { id } = await createWorkflow(owner, { definition: saying(1) }, workspaceId);
    expect(await viewer.post(workflowPath(id, '/deployments'), {})).toMatchObject({ status: 403 });
    expect(await viewer.delete(workflowPath(id, '/deployment'))).toMatchObject({ status: 403 });
    expect((await viewer.get(workflowPath(id, '/deployment'))).body).toMatchObject({ is_published: false });
  });
});

test('deployments go with their workflow, and with its workspace', async () => {
  const remaining = (id: string) => sql`select from workflow_deployments where workflow_id = ${id}`;
  const deleted = await createVersions(owner, 2);
  await publish(deleted);
  await publish(deleted, { version: 1 });
  expect((await owner.delete(workflowPath(deleted))).status).toBe(200);
  expect(await remaining(deleted)).toEqual([]);

  const workspaceId = await createWorkspace(owner);
  const { id } = await createWorkflow(owner, { definition: saying(1) }, workspaceId);
  await publish(id);
  await owner.delete(`/api/v1/workspaces/${workspaceId}`);
  await sql`update workspaces set deleted_at = now() - interval '30 days' where id = ${workspaceId}`;
  await purgeWorkspaces(createTestCtx(), new Date());
  expect(await remaining(id)).toEqual([]);
  expect(await sql`select from workspaces where id = ${workspaceId}`).toEqual([]);
});
