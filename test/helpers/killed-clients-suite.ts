import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KilledClients, type Books } from './killed-clients.ts';

/** `SEED=… npm test -- killed-clients` repeats what clients did in an earlier run, and `CALLS=…` with more or fewer. */
const { SEED, CALLS } = process.env;

/** So many clients, so many at once; after the time limit the books are closed with those that there were. */
export function describeKilledClients(extent: { calls: number; atOnce: number; limitMs: number }): void {
  const calls = Number(CALLS ?? extent.calls);
  const seed = Number(SEED ?? Math.floor(Math.random() * 2 ** 31));

  describe(`${calls} clients that are killed at any byte, seed ${seed}`, () => {
    const clients = new KilledClients();
    beforeAll(() => clients.start(), 120_000);
    afterAll(() => clients.stop(), 60_000);

    test('cost what the provider charges, exactly', { timeout: extent.limitMs + 4 * 60_000 }, async () => {
      const startedAt = Date.now();
      const made = await clients.run(calls, extent.atOnce, seed, extent.limitMs);
      const seconds = Math.round((Date.now() - startedAt) / 1000);
      const books = await clients.settle();
      const { meter, charge, endings } = books;
      // As a line of its own, because what passes is silent: a failure is repeated by its seed.
      process.stderr.write(`killed clients: ${JSON.stringify({ seed, made, seconds, ...meter, charge, endings })}\n`);
      expectBalanced(books);
      expect(made).toBe(calls);
      // That some were cut, and some were not, is what makes it a test.
      expect(endings.cancelled).toBeGreaterThan(calls / 50);
      expect(endings.success).toBeGreaterThan(calls / 5);
    });
  });
}

/** Both sides agree on every call and on the sum, to the last decimal, and nothing is left over. */
function expectBalanced({ meter, charge, ledger, budget, reconciliation, drift }: Books): void {
  expect(drift).toEqual([]);
  const { calls, prompt_tokens, completion_tokens } = meter;
  const once = { calls, lines: calls, events: calls };
  expect(ledger).toEqual({ ...once, prompt_tokens, completion_tokens, amount_usd: charge });
  expect(budget).toEqual({ spent_usd: charge, reserved_usd: '0' });
  const side = { count: calls, amount_usd: charge };
  expect(reconciliation).toMatchObject({ usage: side, billing: side, difference_usd: '0', is_balanced: true });
  expect(reconciliation).toMatchObject({ unsettled_calls: 0, unbilled_lines: 0, foreign_events: 0 });
}
