/** Executions that are repeated from their record: by the same version to the same, by another one to what differs. */
import { beforeAll, describe, expect, test } from 'vitest';
import { seededClock } from '../../../src/core/expression-clock.ts';
import { createUser, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import {
  createWorkflow,
  definition,
  killRunner,
  type Node,
  nodesOf,
  recorded,
  run,
  runnerOf,
  start,
  transform,
  trigger,
} from '../../helpers/executions.ts';
import { createPricedModel, stubCalls, type LocalModel } from '../../helpers/llm.ts';
import { atAllowedHost, openRemote, type Remote } from '../../helpers/remote.ts';

let user: User;
let model: LocalModel;
beforeAll(async () => {
  user = await createUser();
  model = await createPricedModel();
});

const WAIT = { headers: { Prefer: 'wait=30' } };

const replay = (id: string, body: object = {}) => user.post(`/api/v1/executions/${id}/replay`, body, WAIT);

const diff = async (id: string, query = '') => (await user.get(`/api/v1/executions/${id}/diff${query}`)).body;

const decimal = (amount: string) => amount.replace(/\.?0*$/, '');

const verdictOf = async (id: string) => (await sql`select * from workflow_replays where execution_id = ${id}`)[0];

type Nodes = Record<string, Omit<Node, 'id'>>;

const http = (remote: Remote, behaviour: string, query: Record<string, string | number> = {}, more: object = {}) => ({
  type: 'http',
  config: { url: atAllowedHost(remote.url(behaviour, query)), ...more },
  retry: false,
});

const ask = (id: string) => ({
  type: 'llm',
  config: { ...model, prompt: `[[stub id=${id}]] {{input}}`, max_tokens: 20 },
});

/** Workflows that are made of chance: the same for the same number. */
function varied(seed: number, remote: Remote, stub: string) {
  const { random } = seededClock(0, 'varied', seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(...choices: T[]): T => choices[below(choices.length)]!;
  const nodes: Nodes = { start: trigger };
  const ways: string[] = [];
  const pure = () =>
    pick(
      transform('{ "at": $now(), "ms": $millis(), "chance": $random(), "mixed": $shuffle([1..9]) }'),
      transform('{ "keys": $keys($input), "id": execution.id, "since": execution.started_at }'),
      transform('$map([1..3], function($n) { $n * $random() })'),
      { type: 'set', config: { variables: { last: `set ${below(9)}`, time: '{{current_timestamp}}' } } },
      { type: 'transform', config: { expression: `{ "text": $string($input), "variable": variables.last }` } },
      { type: 'delay', config: { ms: below(60) } },
    );
  const outside = () =>
    pick<Omit<Node, 'id'>>(
      http(remote, 'hook', {}, { method: 'POST', body: { long: '{{input}}', b: 1, at: '{{current_timestamp}}' } }),
      http(remote, 'echo', { delay: below(80) }),
      ask(stub),
      { ...http(remote, 'status', { code: 500 }), continue_on_error: true },
    );
  let last = 'start';
  for (let at = 0; at < 3 + below(3); at++) {
    const id = `n${at}`;
    switch (below(5)) {
      case 0: {
        Object.assign(nodes, {
          [`${id}l`]: {
            type: 'loop',
            config: { items: '$shuffle([1..4])', parallelism: 1 + below(3), continue_on_error: true },
          },
          [`${id}i`]: outside(),
          [`${id}j`]: transform(
            '$random() > 0.6 ? $error("no luck") : { "item": $item, "got": $input, "at": $millis() }',
          ),
        });
        ways.push(`${last}>${id}l`, `${id}l.item>${id}i`, `${id}i>${id}j`);
        last = `${id}l.done`;
        break;
      }
      case 1: {
        Object.assign(nodes, {
          [id]: { type: 'switch', config: { expression: '$floor($random() * 2)', cases: { 0: 'low', 1: 'high' } } },
          [`${id}a`]: outside(),
          [`${id}b`]: pure(),
          [`${id}m`]: { type: 'merge' },
        });
        ways.push(`${last}>${id}`, `${id}.low>${id}a`, `${id}.high>${id}b`, `${id}a>${id}m`, `${id}b>${id}m`);
        last = `${id}m`;
        break;
      }
      case 2: {
        // Whichever is there first.
        Object.assign(nodes, {
          [`${id}a`]: outside(),
          [`${id}b`]: { type: 'delay', config: { ms: below(80) } },
          [`${id}s`]: { type: 'set', config: { variables: { last: `of ${id}` } } },
          [`${id}m`]: { type: 'merge', config: { mode: 'any' } },
        });
        ways.push(`${last}>${id}a`, `${last}>${id}b`, `${id}b>${id}s`, `${id}a>${id}m`, `${id}s>${id}m`);
        last = `${id}m`;
        break;
      }
      default:
        nodes[id] = random() < 0.5 ? pure() : outside();
        ways.push(`${last}>${id}`);
        last = id;
    }
  }
  if (seed % 4 === 3) {
    // What has begun when this fails is a matter of time.
    Object.assign(nodes, {
      fatal: http(remote, 'status', { code: 500, delay: 60 }),
      beside: { type: 'delay', config: { ms: 40 } },
    });
    Object.assign(nodes, { late: outside(), later: pure() });
    ways.push('start>fatal', 'start>beside', 'beside>late', 'late>later');
  }
  nodes['end'] = transform('{ "came": $input, "variables": variables }');
  ways.push(`${last}>end`);
  return definition(nodes, ways);
}

describe('a replay by the same version', () => {
  test.each(Array.from({ length: 20 }, (_, seed) => seed))(
    'of workflow %i: is equal, and calls nobody',
    async (seed) => {
      const [remote, stub] = [openRemote(), crypto.randomUUID()];
      const source = await run(user, varied(seed, remote, stub), {
        inputs: { zebra: seed, a: { nested: [1, 'two'] } },
      });
      const before = { hits: (await remote.stats()).hits, calls: (await stubCalls(stub)).calls };
      const { body, status } = await replay(source!.id);
      expect(status).toBe(200);
      const found = await diff(body.execution_id);
      expect(found).toMatchObject({
        is_equal: true,
        differences: 0,
        nodes: [],
        output: null,
        status: null,
        error: null,
      });
      // As text without zeros at its end.
      expect(found.cost_usd).toEqual({ before: decimal(source!.cost_usd), after: '0' });
      expect(body).toMatchObject({ status: source!.status, is_equal: true, differences: 0, workflow_version: 1 });
      expect({ hits: (await remote.stats()).hits, calls: (await stubCalls(stub)).calls }).toEqual(before);
      const row = await recorded(body.execution_id);
      expect(row).toMatchObject({ trigger_type: 'replay', parent_execution_id: source!.id });
      expect(Number(row!.cost_usd)).toBe(0);
      expect((await nodesOf(body.execution_id)).length).toBe((await nodesOf(source!.id)).length);
    },
  );

  test('of what was given up while it waited, because something else failed, is equal', async () => {
    const remote = openRemote();
    const beside = {
      approval: { type: 'approval', config: { title: 'Go on?' } },
      delay: { type: 'delay', config: { seconds: 600 } },
      callback: { type: 'callback', config: {} },
    };
    for (const wait of Object.values(beside)) {
      const flow = definition(
        { start: trigger, wait, fatal: http(remote, 'status', { code: 500, delay: 200 }), end: transform('1') },
        ['start>wait', 'start>fatal', 'wait>end'],
      );
      const connections = flow.connections.map((way) =>
        way.from === 'wait' && wait.type === 'approval' ? { ...way, fromPort: 'approved' } : way,
      );
      const source = await run(user, { ...flow, connections });
      expect(source).toMatchObject({ status: 'failed', error_details: { node_id: 'fatal' } });
      const { body } = await replay(source!.id);
      expect(body, wait.type).toMatchObject({ status: 'failed', is_equal: true, differences: 0 });
    }
    expect((await remote.stats()).hits).toBe(3);
  });

  test('says what it is, and is no run of the workflow', async () => {
    const workflowId = await createWorkflow(
      user,
      definition({ start: trigger, nap: { type: 'delay', config: { seconds: 1 } } }),
    );
    const id = await start(user, workflowId);
    const source = await recorded(id);
    const { body } = await replay(id);
    const row = await recorded(body.execution_id);
    const took = ({ started_at: from, completed_at: to }: any) => Date.parse(to) - Date.parse(from);
    expect(took(source)).toBeGreaterThan(900);
    expect(took(row)).toBeLessThan(900);
    const logs = await user.get(`/api/v1/executions/${body.execution_id}/logs`);
    expect(logs.body.logs[0].message).toContain('nothing is called, sent or spent');
    const [{ execution_count: count }] =
      (await sql`select execution_count from workflows where id = ${workflowId}`) as any;
    expect(count).toBe(1);
  });

  test('goes on after its runner was killed, and repeats what must not be repeated without calling anybody', async () => {
    const remote = openRemote();
    const unsafe = http(remote, 'hook', {}, { method: 'POST', body: { n: 1 } });
    const flow = definition({
      start: trigger,
      first: unsafe,
      nap: { type: 'delay', config: { ms: 20 } },
      second: unsafe,
    });
    const source = await run(user, flow);
    for (let times = 0; times < 3; times++) {
      const { body } = await user.post(`/api/v1/executions/${source!.id}/replay`, {});
      await killRunner(user.workspaceId);
      await runnerOf(user.workspaceId).describe(body.execution_id);
      expect(await recorded(body.execution_id)).toMatchObject({ status: 'completed' });
      expect((await diff(body.execution_id)).is_equal).toBe(true);
    }
    expect(await remote.received()).toHaveLength(2);
  });

  test('of what took over a part of another one is equal too', async () => {
    const remote = openRemote();
    const flow = definition({
      start: trigger,
      one: transform('{ "id": execution.id, "luck": $random() }'),
      two: http(remote, 'echo'),
      three: transform('{ "id": execution.id, "luck": $random(), "of": nodes.one.output }'),
    });
    const source = await run(user, flow);
    const forked = await user.post(
      `/api/v1/executions/${source!.id}/fork`,
      { from: 'three', variables: { x: 1 } },
      WAIT,
    );
    const { body } = await replay(forked.body.execution_id);
    expect(body).toMatchObject({ status: 'completed', is_equal: true });
    expect((await remote.stats()).hits).toBe(1);
    expect((await replay(body.execution_id)).status).toBe(409);
  });

  test('of what is too long for rows is equal, and different where it is', async () => {
    const remote = openRemote();
    const flow = definition({
      start: trigger,
      long: http(remote, 'bytes', { n: 300_000 }),
      end: transform('$length($string($input))'),
    });
    const source = await run(user, flow);
    expect(source!.status).toBe('completed');
    const { body } = await replay(source!.id);
    expect(body).toMatchObject({ status: 'completed', is_equal: true });
    const other = await replay(source!.id, { outputs: { long: { body: 'y'.repeat(300_000) } } });
    expect(other.body.is_equal).toBe(false);
    const found = await diff(other.body.execution_id);
    const long = found.nodes.find(({ node_id: id }: { node_id: string }) => id === 'long');
    expect(long.output.digests.before).not.toBe(long.output.digests.after);
  });
});

describe('a replay by another version', () => {
  const flow = (remote: Remote, shown: string, more: object = {}) =>
    definition({
      start: trigger,
      fetch: http(remote, 'hook', {}, { method: 'POST', body: { n: '{{input.n}}' }, ...more }),
      shape: transform(shown),
      end: { type: 'output' },
    });

  async function tried(remote: Remote, after: object) {
    const workflowId = await createWorkflow(user, flow(remote, '{ "code": status }'));
    const id = await start(user, workflowId, { inputs: { n: 1 } });
    await recorded(id);
    const { body } = await user.put(`/api/v1/workflows/${workflowId}`, { definition: after });
    expect(body.version_number).toBe(2);
    return { id, workflowId, replayed: await replay(id, { version: 2 }) };
  }

  test('tells what comes of it, node by node', async () => {
    const remote = openRemote();
    const { replayed } = await tried(remote, flow(remote, '{ "code": status + 1, "more": true }'));
    expect(replayed.body).toMatchObject({ status: 'completed', is_equal: false, workflow_version: 2 });
    const found = await diff(replayed.body.execution_id);
    const changes = [
      { op: 'replace', path: '/code', before: 200, after: 201 },
      { op: 'add', path: '/more', before: null, after: true },
    ];
    expect(found).toMatchObject({ is_equal: false, differences: 3, output: { changes }, status: null });
    expect(found.nodes.map(({ node_id: id }: { node_id: string }) => id)).toEqual(['shape', 'end']);
    expect(found.nodes[0]).toMatchObject({ change: 'changed', request_changed: false, output: { changes } });
    expect((await remote.stats()).hits).toBe(1);
  });

  test('tells which request would be another one, and does not send it', async () => {
    const remote = openRemote();
    const { id, replayed } = await tried(
      remote,
      flow(remote, '{ "code": status }', { body: { n: '{{input.n}}', and: 2 } }),
    );
    const found = await diff(replayed.body.execution_id);
    expect(found).toMatchObject({ differences: 1, output: null });
    expect(found.nodes).toMatchObject([{ node_id: 'fetch', request_changed: true, output: null, status: null }]);
    expect((await remote.received()).length).toBe(1);
    const back = await diff(id, `?against=${replayed.body.execution_id}`);
    expect(back.nodes).toMatchObject([{ node_id: 'fetch', request_changed: true }]);
    expect((await user.get(`/api/v1/executions/${id}/diff`)).status).toBe(422);
  });

  test('fails where the record does not know a node, unless it is given', async () => {
    const remote = openRemote();
    const changed = definition({
      start: trigger,
      fetch: http(remote, 'hook', {}, { method: 'POST', body: { n: '{{input.n}}' } }),
      second: http(remote, 'echo'),
      shape: transform('{ "code": status }'),
      end: { type: 'output' },
    });
    const { id, replayed } = await tried(remote, changed);
    expect(replayed.body).toMatchObject({ status: 'failed', is_equal: false });
    const { body } = await user.get(`/api/v1/executions/${replayed.body.execution_id}`);
    expect(body.error_details).toMatchObject({ code: 'not_recorded', node_id: 'second' });
    const given = await replay(id, { version: 2, outputs: { second: { status: 200 } } });
    expect(given.body).toMatchObject({ status: 'completed', outputs: { code: 200 } });
    const found = await diff(given.body.execution_id);
    expect(found.nodes).toMatchObject([{ node_id: 'second', change: 'added' }]);
    expect((await remote.stats()).hits).toBe(1);
  });

  test('or by a draft, of which no verdict is kept', async () => {
    const remote = openRemote();
    const { id } = await tried(remote, flow(remote, '1'));
    const same = await replay(id, { definition: flow(remote, '{ "code": status }') });
    expect(same.body).toMatchObject({ is_equal: true, workflow_version: null });
    expect(await verdictOf(same.body.execution_id)).toBeUndefined();
    const bad = await replay(id, { definition: flow(remote, '((') });
    expect([bad.status, bad.body.errors[0].msg]).toEqual([422, expect.stringContaining('"shape"')]);
  });

  test('takes failures from the record too, with what the version makes of them', async () => {
    const remote = openRemote();
    const failing = (more: object) =>
      definition({ start: trigger, call: { ...http(remote, 'status', { code: 503 }), ...more }, end: transform('1') });
    const workflowId = await createWorkflow(user, failing({}));
    const id = await start(user, workflowId);
    expect((await recorded(id))!.status).toBe('failed');
    await user.put(`/api/v1/workflows/${workflowId}`, { definition: failing({ continue_on_error: true }) });
    const { body } = await replay(id, { version: 2 });
    expect(body).toMatchObject({ status: 'completed', outputs: 1, is_equal: false });
    const found = await diff(body.execution_id);
    expect(found).toMatchObject({ status: { before: 'failed', after: 'completed' }, error: { after: null } });
    expect((await remote.stats()).hits).toBe(1);
  });
});
