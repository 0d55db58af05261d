import { beforeAll, describe, expect, test } from 'vitest';
import { createUser, type User } from '../helpers/actors.ts';
import type { ApiAnswer, Client } from '../helpers/api.ts';
import { apiWith } from '../helpers/environment.ts';

/** The Worker with the limits of its configuration, which other tests are free of. */
const limited = apiWith({ RATE_LIMITS: 'on' });

/** An address that nobody else uses: each /64 of IPv6 is one network. */
const network = () => {
  const [a, b] = crypto.getRandomValues(new Uint16Array(2));
  return { 'CF-Connecting-IP': `2001:db8:${a!.toString(16)}:${b!.toString(16)}::1` };
};

/** How many requests are let through before the first is not; the window may turn over once meanwhile. */
async function countUntilLimited(request: () => Promise<ApiAnswer>, limit: number): Promise<[number, ApiAnswer]> {
  for (let passed = 0; passed <= 2 * limit; passed++) {
    const answer = await request();
    if (answer.status === 429) return [passed, answer];
  }
  throw new Error(`no limit after ${2 * limit} requests`);
}

async function expectLimit(request: () => Promise<ApiAnswer>, limit: number): Promise<void> {
  const [passed, answer] = await countUntilLimited(request, limit);
  expect(passed).toBeGreaterThanOrEqual(limit);
  expect(passed).toBeLessThan(2 * limit);
  expect(answer).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  expect(answer.headers.get('retry-after')).toBe('60');
  expect(answer.body.detail).toContain('60');
}

let user: User;
let other: User;
beforeAll(async () => {
  [user, other] = await Promise.all([createUser(), createUser()]);
});

describe('the limit', () => {
  test('of 100 a minute holds for an address', async () => {
    const here = limited.with(network());
    await expectLimit(() => here.get('/info'), 100);
    expect(await limited.with(network()).get('/info')).toMatchObject({ status: 200 });
  });

  test('of 100 a minute holds for a user, wherever he is', async () => {
    const as = ({ accessToken }: User): Client => limited.as({ accessToken });
    await expectLimit(() => as(user).with(network()).get('/api/v1/auth/me'), 100);
    expect(await as(other).with(network()).get('/api/v1/auth/me')).toMatchObject({ status: 200 });
  });

  test('of 5 a minute holds for logins of an address, whoever they are for', async () => {
    const here = limited.with(network());
    await expectLimit(() => here.post('/api/v1/auth/login', { username: crypto.randomUUID() }), 5);
    expect(await here.get('/info')).toMatchObject({ status: 200 });
    expect(await here.as(user).post('/api/v1/auth/login', {})).toMatchObject({ status: 429 });
  });

  test('of 20 a minute holds for calls of models', async () => {
    const client = limited.as({ accessToken: other.accessToken });
    await expectLimit(() => client.with(network()).post('/api/v1/llm/chat', {}), 20);
    expect(await client.get('/api/v1/auth/me')).toMatchObject({ status: 200 });
  });

  test('counts refused requests as well, also without credentials', async () => {
    const here = limited.with(network());
    await expectLimit(() => here.get('/api/v1/auth/me'), 100);
  });
});
