import { describe, expect, test } from 'vitest';
import {
  decideRoute,
  isSameDecision,
  STRATEGIES,
  type Candidate,
  type RouteDecision,
  type RouteFacts,
} from '../../src/core/llm-route.ts';

const candidate = (model: string, known: Partial<Candidate> = {}): Candidate => ({
  provider: 'local',
  model,
  weight: 1,
  exclusion: null,
  may_cost_usd: null,
  first_token_ms: null,
  error_rate: null,
  ...known,
});

const OPEN = { reason: 'circuit_open', detail: 'too many of its calls failed' } as const;

const facts = (strategy: RouteFacts['strategy'], candidates: Candidate[], draw = 0): RouteFacts => ({
  strategy,
  candidates,
  draw,
});

/** The names of those that are called, in their order. */
const orderOf = (given: RouteFacts): string =>
  decideRoute(given)
    .order.map((place) => given.candidates[place]!.model)
    .join('');

describe('fallback', () => {
  test('keeps to the list', () => {
    const cheaperLater = [candidate('a', { may_cost_usd: '2' }), candidate('b', { may_cost_usd: '1' })];
    expect(orderOf(facts('fallback', cheaperLater))).toBe('ab');
  });
});

describe('weighted', () => {
  const candidates = [candidate('a', { weight: 1 }), candidate('b', { weight: 0 }), candidate('c', { weight: 3 })];

  test.each([
    [0, 'abc'],
    [0.2499, 'abc'],
    [0.25, 'cab'],
    [0.9999, 'cab'],
  ])('calls whose share the draw %f falls into, the others follow', (draw, order) => {
    expect(orderOf(facts('weighted', candidates, draw))).toBe(order);
  });

  test('shares among those that can be called', () => {
    const without = candidates.map((one) => (one.model === 'c' ? { ...one, exclusion: OPEN } : one));
    expect(orderOf(facts('weighted', without, 0.99))).toBe('ab');
  });

  test('never starts with a weight of 0, unless nobody has another', () => {
    const first = [candidate('a', { weight: 0 }), candidate('b', { weight: 0.001 })];
    expect(orderOf(facts('weighted', first, 0))).toBe('ba');
    expect(orderOf(facts('weighted', first, 0.999_999))).toBe('ba');
    const nothing = [candidate('a', { weight: 0 }), candidate('b', { weight: 0 })];
    expect(orderOf(facts('weighted', nothing, 0.5))).toBe('ab');
  });

  test('gives each its share', () => {
    const draws = Array.from({ length: 1000 }, (_, n) => n / 1000);
    const firsts = draws.map((draw) => orderOf(facts('weighted', candidates, draw))[0]);
    expect(firsts.filter((first) => first === 'a')).toHaveLength(250);
    expect(firsts.filter((first) => first === 'c')).toHaveLength(750);
  });
});

describe('cheapest', () => {
  test.each<[(string | null)[], string]>([
    [['0.2', '0.1'], 'ba'],
    // As decimals: by their digits, or as numbers, these would be equal or the other way round.
    [['0.100000000002', '0.100000000001'], 'ba'],
    [['10', '9'], 'ba'],
    [['1', '1.0'], 'ab'],
    [['0', null], 'ab'],
    [[null, '999'], 'ba'],
    [[null, null], 'ab'],
  ])('goes by the price of the request: %j', (prices, order) => {
    const candidates = prices.map((price, n) => candidate('ab'[n]!, { may_cost_usd: price }));
    expect(orderOf(facts('cheapest', candidates))).toBe(order);
  });
});

describe('fastest', () => {
  type Known = [firstTokenMs: number | null, errorRate: number | null];
  test.each<[Known[], string]>([
    [
      [
        [200, 0],
        [100, 0],
      ],
      'ba',
    ],
    // Of every second call that fails another attempt is made.
    [
      [
        [100, 0.6],
        [200, 0],
      ],
      'ba',
    ],
    [
      [
        [100, 0.4],
        [200, 0],
      ],
      'ab',
    ],
    // What nobody has measured comes last, and so does what never got as far.
    [
      [
        [null, null],
        [9000, 0],
      ],
      'ba',
    ],
    [
      [
        [null, 1],
        [9000, 0.5],
      ],
      'ba',
    ],
    [
      [
        [null, null],
        [null, 1],
      ],
      'ab',
    ],
    [
      [
        [100, 1],
        [9000, 0],
      ],
      'ba',
    ],
  ])('goes by the time to the first token, failures counted in: %j', (known, order) => {
    const candidates = known.map(([first_token_ms, error_rate], n) =>
      candidate('ab'[n]!, { first_token_ms, error_rate }),
    );
    expect(orderOf(facts('fastest', candidates))).toBe(order);
  });
});

test.each(STRATEGIES)('%s leaves out whom something speaks against, and says what', (strategy) => {
  const candidates = [candidate('a', { exclusion: OPEN, weight: 1000, may_cost_usd: '0' }), candidate('b')];
  expect(decideRoute(facts(strategy, candidates))).toEqual({ order: [1], excluded: [{ candidate: 0, ...OPEN }] });
  expect(decideRoute(facts(strategy, [candidates[0]!]))).toMatchObject({ order: [] });
  expect(decideRoute(facts(strategy, []))).toEqual({ order: [], excluded: [] });
});

describe('a decision', () => {
  test.each(STRATEGIES)('by %s follows from its facts alone, wherever they were kept', (strategy) => {
    const candidates = [
      candidate('a', { may_cost_usd: '0.3', first_token_ms: 20, error_rate: 1 / 3, weight: 0.1 }),
      candidate('b', { exclusion: OPEN }),
      candidate('c', { may_cost_usd: '0.1', first_token_ms: 10, error_rate: 0, weight: 0.2 }),
    ];
    for (const draw of [0, 1 / 3, 0.333_333_333_333_333_37, 0.999_999_999_999_999_9]) {
      const given = facts(strategy, candidates, draw);
      const kept = JSON.parse(JSON.stringify(given)) as RouteFacts;
      expect(isSameDecision(decideRoute(kept), decideRoute(given))).toBe(true);
    }
  });

  const made: RouteDecision = { order: [0, 1], excluded: [{ candidate: 2, ...OPEN }] };
  test.each<[string, boolean, RouteDecision]>([
    ['its fields in another order', true, { excluded: [{ ...OPEN, candidate: 2 }], order: [0, 1] }],
    ['another order', false, { ...made, order: [1, 0] }],
    ['fewer that are called', false, { ...made, order: [0] }],
    ['another reason', false, { ...made, excluded: [{ ...made.excluded[0]!, reason: 'context_too_small' }] }],
    ['others that are left out', false, { ...made, excluded: [] }],
  ])('with %s: %s', (_, same, other) => {
    expect(isSameDecision(made, other)).toBe(same);
  });
});
