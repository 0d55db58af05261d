/** What somebody may write into a definition, or send, to have an execution never end, get lost, or take too much. */
import { beforeAll, describe, expect, test } from 'vitest';
import { findOverdue } from '../../../src/features/executions/record/queries.ts';
import { nodeRow } from '../../../src/features/executions/record/rows.ts';
import { addMember, createUser, type User } from '../../helpers/actors.ts';
import { createTestSystemCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { definition, recorded, runnerOf, start, transform, trigger } from '../../helpers/executions.ts';
import { recordExecution } from '../../helpers/recorded-executions.ts';
import { atAllowedHost, openRemote } from '../../helpers/remote.ts';
import { executeAndWait, executionIn, executionPath, EXECUTIONS, single, SLEEP } from '../../helpers/run-workflows.ts';
import { createWorkflow, workflowPath, WORKFLOWS } from '../../helpers/workflows.ts';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

/** The row of an execution of this, once it has ended. */
async function ended(flow: object, input: object = {}) {
  const { id } = await createWorkflow(user, { definition: flow });
  return recorded(await start(user, id, input));
}

/** What becomes no text, whoever asks. */
const NO_TEXT = { toString: '{{input.x}}', valueOf: 1 };

describe('a definition', () => {
  test.each([
    ['a method', { type: 'http', config: { url: 'https://api.example.com/', method: NO_TEXT } }, 'output'],
    ['a case', { type: 'switch', config: { value: 1, cases: [{ value: NO_TEXT }] } }, 'default'],
    ['a backoff', { type: 'set', config: { values: { a: 1 } }, retry: { max: 1, backoff: NO_TEXT } }, 'output'],
  ])('with %s that is no text is told what is wrong with it, and an execution of it ends', async (_, node, port) => {
    const flow = definition({ start: trigger, a: node, end: { type: 'output' } }, ['start>a', `a.${port}>end`]);
    expect((await user.post(`${WORKFLOWS}/validate`, { definition: flow })).status).toBe(200);
    const row = await ended(flow);
    expect(['completed', 'failed']).toContain(row.status);
    expect(row.error_details?.code).not.toBe('internal_error');
    expect((await user.get(executionPath(row.id, '/nodes'))).status).toBe(200);
  });

  test('with very many cases and ways is checked all the same', async () => {
    const cases = Array.from({ length: 30_000 }, (_, at) => at);
    const nodes = [
      { id: 'a', type: 'switch', config: { value: 1, cases } },
      { id: 'b', type: 'output' },
    ];
    const connections = Array.from({ length: 8_000 }, () => ({ from: 'a', to: 'b' }));
    const began = Date.now();
    const { status } = await user.post(`${WORKFLOWS}/validate`, { definition: { nodes, connections } });
    expect(status).toBe(200);
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  test('may call its nodes what objects call their own things', async () => {
    const flow = JSON.parse(
      JSON.stringify(
        definition({ start: trigger, middle: transform('[1, 2]'), end: transform('{ "sum": $sum($), "a": 1 }') }),
      ).replaceAll('middle', '__proto__'),
    );
    expect(await ended(flow)).toMatchObject({ status: 'completed', output_data: { sum: 3, a: 1 } });
    const both = definition({ start: trigger, a: transform('1'), b: transform('2'), all: { type: 'merge' } }, [
      'start>a',
      'start>b',
      'a>all',
      'b>all',
    ]);
    const named = JSON.parse(
      JSON.stringify(both).replaceAll('"a"', '"__proto__"').replaceAll('a>all', '__proto__>all'),
    );
    for (const edge of named.connections) if (edge.from === 'a') edge.from = '__proto__';
    const row = await ended(named);
    expect(JSON.stringify(row.output_data)).toBe('{"b":2,"__proto__":1}');
  });

  test('may call its nodes what others are called in an iteration', async () => {
    const remote = openRemote();
    const post = {
      type: 'http',
      config: { method: 'POST', url: atAllowedHost(remote.url('hook')), idempotency_key: true },
    };
    const flow = definition(
      { start: trigger, each: { type: 'loop', config: { items: '[1]' } }, a: post, 'a/0': post, 'a\n0': post },
      ['start>each', 'each.item>a', 'start>a/0', 'start>a\n0'],
    );
    expect(await ended(flow)).toMatchObject({ status: 'completed', completed_nodes: 5 });
    const keys = (await remote.received()).map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(3);
  });

  test('whose secrets never end where references do is shown at once', async () => {
    const token = '{{'.repeat(60_000);
    const stranger = await createUser();
    const { id } = await createWorkflow(user, { definition: single('set', { values: { token } }), is_public: true });
    const began = Date.now();
    const { body } = await stranger.get(workflowPath(id));
    expect(body.definition.nodes[1].config.values).toEqual({ token: '${TOKEN}' });
    expect(Date.now() - began).toBeLessThan(3_000);
  });
});

test.each(['0000-01-01T00:00:00Z', `2026-01-01T00:00:00.${'0'.repeat(150)}Z`])(
  'a time that is none: %s',
  async (time) => {
    const id = await recordExecution(user);
    for (const path of [
      `${EXECUTIONS}?created_after=${time}`,
      `${EXECUTIONS}/stats?since=${time}`,
      executionPath(id, `/logs?start_time=${time}`),
    ]) {
      expect((await user.get(path)).status, path).toBe(422);
    }
  },
);

test('a definition of loops alone is checked at once', async () => {
  const nodes = Array.from({ length: 2_000 }, (_, at) => ({ id: `n${at}`, type: 'loop', config: {} }));
  const connections = nodes.slice(1).flatMap(({ id }, at) => [
    { from: `n${at}`, fromPort: 'item', to: id },
    { from: `n${at}`, fromPort: 'done', to: `n${Math.min(at + 2, 1_999)}` },
  ]);
  const began = Date.now();
  const { body } = await user.post(`${WORKFLOWS}/validate`, { definition: { nodes, connections } });
  expect(body.errors).toMatchObject([{ code: 'too_many_loops' }]);
  expect(Date.now() - began).toBeLessThan(2_000);
});

describe('an execution', () => {
  test('ends where a node sets more than a runner can keep at hand', async () => {
    const big = '{{input.a}}'.repeat(6);
    const row = await ended(single('set', { values: { big } }), { inputs: { a: 'x'.repeat(500_000) } });
    expect(row).toMatchObject({ status: 'failed', error_details: { code: 'variables_too_large', node_id: 'only' } });
  });

  test('ends where what a node says of its way is longer than that', async () => {
    const long = '{{input.a}}'.repeat(6);
    const flow = single('switch', { value: long, cases: [long] });
    const row = await ended(flow, { inputs: { a: 'x'.repeat(500_000) } });
    expect(row).toMatchObject({ status: 'failed', error_details: { code: 'variables_too_large' } });
  });

  test('ends where a node that is switched off lets through more than a row takes', async () => {
    const ids = Array.from({ length: 12 }, (_, at) => `n${at}`);
    const large = transform('$pad("", 250000, "x")');
    const flow = definition(
      { start: trigger, ...Object.fromEntries(ids.map((id) => [id, large])), off: { type: 'merge', disabled: true } },
      [...ids.map((id) => `start>${id}`), ...ids.map((id) => `${id}>off`)],
    );
    expect(await ended(flow)).toMatchObject({ status: 'failed', error_details: { code: 'output_too_large' } });
  });

  test('is recorded whatever it waits between attempts, and however long it took', async () => {
    const flow = single('transform', { expression: '1' }, { retry: { max: 1, delay_ms: 100.5 } });
    expect(await ended(flow)).toMatchObject({ status: 'completed', output_data: 1 });
    const row = { nodeKey: 'a', iteration: [], attempt: 1, order: 1, startedAt: 0, completedAt: 30 * 86_400_000 };
    const nothing = { text: null, objectKey: null, bytes: 0 };
    const plan = { nodes: new Map(), root: { loop: null, nodes: [], ends: [] } };
    const pieces = { inputOf: () => nothing, outputOf: () => nothing };
    const written = JSON.parse(nodeRow(crypto.randomUUID(), plan, row as never, pieces as never));
    expect(written.duration_ms).toBe(2_147_483_647);
  });

  test('is recorded where a message is cut in the middle of a character', async () => {
    for (const before of ['a', 'ab']) {
      const field = before + '😀'.repeat(3_000);
      const config = { transform_type: 'validate', schema: { additionalProperties: false }, strict: true };
      const row = await ended(single('transform', config), { inputs: { [field]: 1 } });
      expect(row).toMatchObject({ status: 'failed', error_details: { code: 'not_valid' } });
      expect(row.error_message).toMatch(/😀/);
    }
  });

  test('goes with its workflow, when that is deleted', async () => {
    const { id: workflowId } = await createWorkflow(user, { definition: SLEEP });
    const id = await start(user, workflowId);
    await executionIn(user, id, 'running');
    await user.delete(workflowPath(workflowId));
    await runnerOf(user.workspaceId).wake([id]);
    expect(await runnerOf(user.workspaceId).describe(id)).toBeNull();
  });

  test('that only waits to be found is not put aside by an order that it does not take', async () => {
    const { id: workflowId } = await createWorkflow(user, { definition: SLEEP });
    const made = await user.post(`${EXECUTIONS}?start_immediately=false`, { workflow_id: workflowId });
    const { id } = made.body;
    await sql`update workflow_executions set next_check_at = now() + interval '1 hour' where id = ${id}`;
    const { status, body } = await user.post(executionPath(id, '/control'), { action: 'resume' });
    expect([status, body.code]).toEqual([400, 'action_not_possible']);
    expect((await user.get(executionPath(id))).body.status).toBe('pending');
  });
});

test('a workspace whose executions nobody can look after keeps others from nothing', async () => {
  const other = await createUser();
  const many = await Promise.all([1, 2, 3].map(() => recordExecution(user)));
  const one = await recordExecution(other);
  await sql`update workflow_executions set next_check_at = '1999-01-01' where id = any(${many})`;
  await sql`update workflow_executions set next_check_at = '1999-01-02' where id = ${one}`;
  const { db } = createTestSystemCtx();
  const found = await findOverdue(db, new Date('1999-06-01'), 2);
  await sql`update workflow_executions set next_check_at = null where id = any(${[...many, one]})`;
  expect(found.map(({ workspace_id: id }) => id).toSorted()).toEqual([user.workspaceId, other.workspaceId].toSorted());
});

describe('a workflow of another workspace', () => {
  let stranger: User;
  let colleague: User;
  beforeAll(async () => {
    [stranger, colleague] = await Promise.all([createUser(), createUser()]);
    await addMember(stranger.workspaceId, colleague, 'member');
  });

  const runAsStranger = async (flow: object, input: object = {}) => {
    const { id } = await createWorkflow(user, { definition: flow, is_public: true });
    const { body } = await executeAndWait(stranger, id, input);
    return (await stranger.get(executionPath(body.execution_id))).body;
  };

  test('sends no secret of its author’s wherever whoever runs it wants', async () => {
    const remote = openRemote();
    const config = { url: '{{input.url}}', auth_type: 'bearer', token: 'sk-of-the-author-himself' };
    const inputs = { url: atAllowedHost(remote.url('hook')) };
    const flow = single('http', config);
    expect(await runAsStranger(flow, { inputs })).toMatchObject({
      status: 'failed',
      error_details: { code: 'variable_missing' },
    });
    const given = await runAsStranger(flow, { inputs, variables: { TOKEN: 'of-the-stranger' } });
    expect(given.status).toBe('completed');
    const received = await remote.received();
    expect(received.map(({ headers }) => headers['authorization'])).toEqual(['Bearer of-the-stranger']);
    // Its own workspace runs it as it stands.
    expect(await ended(flow, { inputs })).toMatchObject({ status: 'completed' });
  });

  test('does not show them in what it puts out either', async () => {
    const flow = single('set', { values: { password: 'of-the-author-himself' } });
    const execution = await runAsStranger(flow);
    expect(JSON.stringify(execution)).not.toContain('of-the-author-himself');
    expect(execution.status).toBe('failed');
  });

  test('writes to nobody but whoever runs it', async () => {
    const notify = (to?: string) => single('notify', { ...(to && { to }), message: 'Send me your keys.' });
    expect(await runAsStranger(notify(colleague.username))).toMatchObject({
      status: 'failed',
      error_details: { code: 'recipient_unknown' },
    });
    expect(await runAsStranger(notify())).toMatchObject({ status: 'completed' });
    const letters =
      await sql`select id from mail_outbox where user_id = ${colleague.id} and template = 'workflow_notice'`;
    expect(letters).toEqual([]);
  });

  test.each([
    ['an endpoint', { provider: 'of-the-house' }],
    ['an endpoint to fall back on', { fallbacks: [{ provider: 'of-the-house', model: 'x' }] }],
    ['a route', { route: 'of-the-house' }],
  ])('calls not %s of the workspace that it runs in', async (_, config) => {
    const execution = await runAsStranger(single('llm', { prompt: 'Hello', ...config }));
    expect(execution).toMatchObject({ status: 'failed', error_details: { code: 'not_granted' } });
  });

  test('calls a model of the platform’s', async () => {
    const execution = await runAsStranger(single('llm', { prompt: 'Hello', provider: 'local', max_tokens: 5 }));
    expect(execution).toMatchObject({ status: 'completed' });
  });

  test('has no more rights in what goes on from an execution of it', async () => {
    const word = 'of-the-stranger-alone';
    await stranger.post('/api/v1/user-variables', { key: 'WORD', value: word });
    const flow = definition({
      start: trigger,
      first: transform('1'),
      read: { type: 'set', config: { variables: { word: '${WORD}', token: 'sk-of-the-author-himself' } } },
      tell: { type: 'notify', config: { to: colleague.username, message: 'Look' } },
    });
    const { id: workflowId } = await createWorkflow(user, { definition: flow, is_public: true });
    const again = async (how: string, from: string, input: object = {}) => {
      const { status, body } = await stranger.post(executionPath(from, `/${how}`), input);
      expect(status).toBe(200);
      return recorded(body.execution_id);
    };
    const missing = { status: 'failed', error_details: { code: 'variable_missing', node_id: 'read' } };
    const ungranted = await recorded(await start(stranger, workflowId));
    expect(ungranted).toMatchObject(missing);
    expect(await again('resume-from', ungranted.id)).toMatchObject(missing);
    expect(await again('fork', ungranted.id, { from: 'first' })).toMatchObject(missing);
    // What is granted is read, and no more is: neither what the author wrote, nor whom to write to.
    const given = { grant_variables: ['WORD'], variables: { TOKEN: 'mine' } };
    for (const how of ['resume-from', 'fork']) {
      const row = await again(how, ungranted.id, { ...given, ...(how === 'fork' && { from: 'first' }) });
      expect(row).toMatchObject({ status: 'failed', error_details: { code: 'recipient_unknown', node_id: 'tell' } });
      const nodes = await sql`select * from node_executions where execution_id = ${row.id}`;
      expect(JSON.stringify([row, nodes])).not.toContain('sk-of-the-author-himself');
      // A grant is for the one execution.
      expect(await again('fork', row.id, { from: 'first', grant_variables: [] })).toMatchObject(missing);
    }
    await user.patch(workflowPath(workflowId), { is_public: false });
    expect((await stranger.post(executionPath(ungranted.id, '/fork'), { from: 'first', ...given })).status).toBe(404);
  });

  test('is not taken up again once it is private', async () => {
    const { id: workflowId } = await createWorkflow(user, {
      definition: single('transform', { expression: '$error("No.")' }),
      is_public: true,
    });
    const id = await start(stranger, workflowId);
    await executionIn(stranger, id, 'failed');
    await recorded(id);
    await user.patch(workflowPath(workflowId), { is_public: false });
    const { status, body } = await stranger.post(executionPath(id, '/control'), { action: 'retry' });
    expect([status, body.code]).toEqual([400, 'action_not_possible']);
  });
});
