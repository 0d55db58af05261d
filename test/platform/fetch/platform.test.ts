import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { createTestSystemCtx } from '../../helpers/context.ts';
import { openRemote } from '../../helpers/remote.ts';

test('the platform sends requests to our own zone the public way', () => {
  expect(Cloudflare.compatibilityFlags.global_fetch_strictly_public).toBe(true);
});

test('a context goes by its configuration: nothing private, unless it names it', async () => {
  const { url, stats } = openRemote();
  const ctxWith = (variables: object) => createTestSystemCtx(variables);
  await expect(ctxWith({}).guardedFetch(url('echo'))).rejects.toMatchObject({ code: 'address_not_allowed' });
  const allowed = ctxWith({ OUTGOING_ALLOW_PRIVATE: env.REMOTE_SERVER });
  expect((await allowed.guardedFetch(url('echo'))).status).toBe(200);
  expect((await stats()).hits).toBe(1);
});
