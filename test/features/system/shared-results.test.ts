import { describe, expect, test, vi } from 'vitest';
import type { Ctx } from '../../../src/context.ts';
import { shareResult } from '../../../src/features/system/shared-results.ts';

/** A request in an isolate of its own; requests of one isolate share the environment. */
const request = (env: object = {}) => ({ env, waitUntil: () => {} }) as unknown as Ctx;

describe('a shared result', () => {
  test('is found once for all who ask while it is fresh', async () => {
    const ctx = request();
    const find = vi.fn(async () => 'found');
    expect(await Promise.all([1, 2, 3].map(() => shareResult(ctx, 'a', 100, find)))).toEqual(Array(3).fill('found'));
    expect(await shareResult(ctx, 'a', 100, find)).toBe('found');
    expect(find).toHaveBeenCalledTimes(1);
  });

  test('is found anew after ten seconds, for another key, and in another environment', async () => {
    const ctx = request();
    const find = vi.fn(async () => find.mock.calls.length);
    expect(await shareResult(ctx, 'a', 100, find)).toBe(1);
    expect(await shareResult(ctx, 'b', 100, find)).toBe(2);
    expect(await shareResult(request(), 'a', 100, find)).toBe(3);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 10_001);
    expect(await shareResult(ctx, 'a', 100, find)).toBe(4);
    vi.restoreAllMocks();
  });

  test('does not depend on the request that began to find it', async () => {
    const ctx = request();
    void shareResult(ctx, 'a', 20, () => new Promise(() => {}));
    expect(await shareResult(ctx, 'a', 20, async () => 'found by another')).toBe('found by another');
    expect(await shareResult(ctx, 'a', 20, async () => 'never asked')).toBe('found by another');
  });
});
