/** What is foreseen is what comes: ranges that are made of some executions hold nine of ten of those after them. */
import { expect, test } from 'vitest';
import { seededRandom } from '../../../../src/features/executions/simulate/random.ts';
import { createUser, type User } from '../../../helpers/actors.ts';
import { createWorkflow, definition, recorded, start, transform, trigger } from '../../../helpers/executions.ts';
import { createPricedModel, type LocalModel } from '../../../helpers/llm.ts';
import { atAllowedHost, openRemote } from '../../../helpers/remote.ts';

type Input = { wait: number; words: number; items: number; vip: boolean };

/** Inputs as different as those of real clients, and the same at each run of the test. */
function* inputs(seed: number): Generator<Input> {
  const random = seededRandom(seed);
  const between = (least: number, most: number) => Math.round(least + random() * (most - least));
  for (;;) {
    yield { wait: between(50, 600), words: between(5, 80), items: between(1, 6), vip: random() < 0.4 };
  }
}

/** A server that dawdles, a branch, a model, a pause, and a loop, all of which the input decides on. */
function workload(url: string, model: LocalModel, napMs: number) {
  const prompt = '[[stub tokens={{trigger.words}} wait=200]] Write to the customer.';
  return definition(
    {
      start: trigger,
      fetch: { type: 'http', config: { url: `${url}?ms={{trigger.wait}}&jitter=200` } },
      check: { type: 'condition', config: { expression: '$trigger.vip' } },
      ask: { type: 'llm', config: { ...model, prompt, max_tokens: 200 } },
      nap: { type: 'delay', config: { ms: napMs } },
      join: { type: 'merge' },
      each: { type: 'loop', config: { items: '[1..$trigger.items]', parallelism: 2 } },
      item: { type: 'delay', config: { ms: 120 } },
      last: transform('{ "count": count }'),
    },
    ['start>fetch', 'fetch>check', 'check.true>ask', 'check.false>nap', 'ask>join', 'nap>join', 'join>each'].concat([
      'each.item>item',
      'each.done>last',
    ]),
  );
}

/** Runs a workflow so often, a few at once, and gives what each took. */
async function runAll(user: User, id: string, given: Iterator<Input>, count: number) {
  const taken: { ms: number; usd: number }[] = [];
  const work = async () => {
    while (taken.length < count) {
      const place = taken.push({ ms: 0, usd: 0 }) - 1;
      const row = await recorded(await start(user, id, { inputs: given.next().value }));
      expect(row).toMatchObject({ status: 'completed' });
      taken[place] = { ms: +new Date(row.completed_at) - +new Date(row.started_at), usd: Number(row.cost_usd) };
    }
  };
  await Promise.all([work(), work(), work()]);
  return taken;
}

/** How many of these are within the ranges. */
const heldBy = ({ duration_ms: ms, cost_usd: usd }: any, taken: { ms: number; usd: number }[]) => ({
  ms: taken.filter((one) => ms.low <= one.ms && one.ms <= ms.high).length,
  usd: taken.filter((one) => usd.low <= one.usd && one.usd <= usd.high).length,
});

test('nine of ten executions are within the range that thirty before them make, and of a changed version too', async () => {
  const user = await createUser();
  const model = await createPricedModel();
  const url = atAllowedHost(openRemote().url('late'));
  const id = await createWorkflow(user, workload(url, model, 300));
  const given = inputs(7);
  const simulate = async (request: object = {}) => {
    const { status, body } = await user.post(`/api/v1/workflows/${id}/simulate`, request);
    expect(status).toBe(200);
    return body;
  };

  const guessed = await simulate();
  expect(guessed).toMatchObject({
    is_runnable: true,
    duration_ms: { basis: 'estimate' },
    cost_usd: { basis: 'estimate' },
  });
  const before = await runAll(user, id, given, 30);
  expect(heldBy(guessed, before)).toEqual({ ms: 30, usd: 30 });

  const foreseen = await simulate();
  expect(foreseen).toMatchObject({ duration_ms: { basis: 'history', samples: 30 }, cost_usd: { basis: 'history' } });
  expect(foreseen.duration_ms.confidence).toBeGreaterThan(0.85);
  const after = await runAll(user, id, given, 20);
  const held = heldBy(foreseen, after);
  expect(held.ms).toBeGreaterThanOrEqual(18);
  expect(held.usd).toBeGreaterThanOrEqual(18);

  // By node: what runs how often.
  const nodes = Object.fromEntries(foreseen.nodes.map((node: any) => [node.node_id, node]));
  expect(nodes.ask).toMatchObject({ basis: 'history' });
  const share = before.filter(({ usd }) => usd > 0).length / 30;
  expect(nodes.ask.probability).toBeCloseTo(share, 1);
  expect(nodes.ask.probability + nodes.nap.probability).toBeCloseTo(1);
  expect(nodes.item.expected_runs).toBeGreaterThan(2.5);
  expect(nodes.item.expected_runs).toBeLessThan(4.5);
  expect(foreseen.critical_path.slice(0, 3)).toEqual(['start', 'fetch', 'check']);
  expect(foreseen.critical_path.at(-1)).toBe('last');

  // The pause is longer now, of which no execution knows; the rest they do.
  await user.put(`/api/v1/workflows/${id}`, { definition: workload(url, model, 900) });
  const changed = await simulate();
  expect(changed).toMatchObject({ version: 2, duration_ms: { basis: 'similar_version', confidence: null } });
  expect(changed.duration_ms.expected).toBeGreaterThan(foreseen.duration_ms.expected + 200);
  const later = await runAll(user, id, given, 20);
  const heldThen = heldBy(changed, later);
  expect(heldThen.ms).toBeGreaterThanOrEqual(18);
  expect(heldThen.usd).toBeGreaterThanOrEqual(18);
}, 240_000);
