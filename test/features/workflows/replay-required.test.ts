/** Versions that are published only once a replay speaks for them. */
import { beforeAll, describe, expect, test } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { definition, recorded, start, transform, trigger } from '../../helpers/executions.ts';
import { createVersions } from '../../helpers/versions.ts';
import { workflowPath } from '../../helpers/workflows.ts';

let owner: User;
let stranger: User;
beforeAll(async () => {
  [owner, stranger] = await Promise.all([createUser(), createUser()]);
});

const publish = (id: string, input: object = {}) => owner.post(workflowPath(id, '/deployments'), input);

const rollBack = (id: string) => owner.post(workflowPath(id, '/deployments/rollback'), {});

const live = async (id: string) => (await owner.get(workflowPath(id, '/deployment'))).body;

describe('where a replay is required', () => {
  /** Notes that an execution has repeated another one, as the replay itself does. */
  async function replayed(id: string, version: number, isEqual: boolean | null, differences = 0): Promise<string> {
    const executionId = await start(owner, id, { version });
    await recorded(executionId);
    await sql`
      insert into workflow_replays
        (execution_id, workspace_id, workflow_id, version, source_execution_id, is_equal, differences, created_by)
      values (${executionId}, ${owner.workspaceId}, ${id}, ${version}, ${executionId}, ${isEqual}, ${differences},
        ${owner.id})`;
    return executionId;
  }

  const missing = (type: string) => ({
    status: 409,
    body: {
      code: 'replay_required',
      type: '/problems/replay_required',
      errors: [{ loc: ['body', 'replay_id'], type }],
    },
  });

  test('nothing is published without one that has passed, and what is missing is said', async () => {
    const id = await createVersions(owner, 2, { publish_requires_replay: true });
    expect(await publish(id)).toMatchObject(missing('replay_missing'));
    await replayed(id, 1, true);
    expect(await publish(id)).toMatchObject(missing('replay_missing'));
    await replayed(id, 2, null);
    expect(await publish(id)).toMatchObject(missing('replay_open'));
    const differing = await replayed(id, 2, false, 3);
    expect(await publish(id)).toMatchObject(missing('replay_differs'));
    // To accept them, one has to say which.
    expect(await publish(id, { accept_differences: true })).toMatchObject(missing('replay_differs'));
    expect(await publish(id, { replay_id: differing })).toMatchObject(missing('replay_differs'));
    expect(await live(id)).toMatchObject({ is_published: false, publish_requires_replay: true });
    const passed = await replayed(id, 2, true);
    expect((await publish(id)).body).toMatchObject({
      version: 2,
      replay: { execution_id: passed, is_equal: true, differences: 0 },
    });
  });

  test('differences may be accepted knowingly, and stay on record', async () => {
    const id = await createVersions(owner, 1, { publish_requires_replay: true });
    const replay = await replayed(id, 1, false, 2);
    const { status, body } = await publish(id, { replay_id: replay, accept_differences: true });
    expect(status).toBe(201);
    await owner.delete(`/api/v1/executions/${replay}`);
    expect((await owner.get(workflowPath(id, '/deployments'))).body).toMatchObject([
      { id: body.id, replay: { execution_id: replay, is_equal: false, differences: 2 } },
    ]);
  });

  test('one of another workspace, version or workflow says nothing', async () => {
    const id = await createVersions(owner, 2, { publish_requires_replay: true, is_public: true });
    const foreign = await start(stranger, id);
    await recorded(foreign);
    await sql`
      insert into workflow_replays
        (execution_id, workspace_id, workflow_id, version, source_execution_id, is_equal, created_by)
      values (${foreign}, ${stranger.workspaceId}, ${id}, 2, ${foreign}, true, ${stranger.id})`;
    const former = await replayed(id, 1, true);
    expect(await publish(id)).toMatchObject(missing('replay_missing'));
    for (const replay of [foreign, former, crypto.randomUUID()]) {
      const input = { replay_id: replay, accept_differences: true };
      expect(await publish(id, input)).toMatchObject(missing('replay_missing'));
    }
  });

  const replay = async (id: string, version: number): Promise<string> => {
    const wait = { headers: { Prefer: 'wait=30' } };
    const { status, body } = await owner.post(`/api/v1/executions/${id}/replay`, { version }, wait);
    expect([status, body.status]).toEqual([200, 'completed']);
    return body.execution_id;
  };

  test('where another version is published, it is one of what that has done', async () => {
    const id = await createVersions(owner, 1, { publish_requires_replay: true });
    const first = await start(owner, id);
    await recorded(first);
    // There is nothing else yet to hold it against.
    const itself = await replay(first, 1);
    expect((await publish(id)).body).toMatchObject({ version: 1, replay: { execution_id: itself } });
    await owner.put(workflowPath(id), {
      definition: definition({ start: trigger, say: transform('{ "says": 1 }'), end: transform('{ "says": says }') }),
    });
    const draft = await start(owner, id, { stage: 'draft' });
    await recorded(draft);
    const empty = await replay(draft, 2);
    for (const input of [{}, { replay_id: empty }, { replay_id: empty, accept_differences: true }]) {
      const refused = await publish(id, input);
      expect(refused).toMatchObject(missing('replay_missing'));
      expect(refused.body.errors[0].msg).toContain('against an execution of version 1, which is published');
    }
    const [{ source_version: source }] = (await sql`
      select source_version from workflow_replays where execution_id = ${empty}`) as [{ source_version: number }];
    expect(source).toBe(2);
    const real = await replay(first, 2);
    expect(await publish(id)).toMatchObject(missing('replay_differs'));
    const accepted = await publish(id, { replay_id: real, accept_differences: true });
    expect(accepted.body).toMatchObject({ version: 2, replay: { execution_id: real, is_equal: false } });
  });

  test('one of an execution whose nodes were edited is none of its version', async () => {
    const id = await createVersions(owner, 2, { publish_requires_replay: true });
    const first = await start(owner, id, { version: 1 });
    await recorded(first);
    await replay(first, 1);
    await publish(id, { version: 1 });
    const configs = { say: { expression: '{ "says": 2 }' } };
    const forked = await owner.post(`/api/v1/executions/${first}/fork`, { from: 'say', configs, version: 1 });
    await recorded(forked.body.execution_id);
    await replay(forked.body.execution_id, 2);
    expect(await publish(id)).toMatchObject(missing('replay_missing'));
  });

  test('what was published before is gone back to without one', async () => {
    const id = await createVersions(owner, 2);
    await publish(id, { version: 1 });
    await publish(id, { version: 2 });
    await owner.patch(workflowPath(id), { publish_requires_replay: true });
    expect((await rollBack(id)).body).toMatchObject({ version: 1 });
    expect(await publish(id, { version: 2 })).toMatchObject(missing('replay_missing'));
  });
});
