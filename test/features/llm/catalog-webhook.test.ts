import { Webhook } from 'standardwebhooks';
import { beforeAll, describe, expect, test } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { apiWith, AWAY } from '../../helpers/environment.ts';
import { changeCatalog } from '../../helpers/llm.ts';

const PATH = '/api/v1/llm/catalog/webhook';

const createSecret = () => `whsec_${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64')}`;

const SECRET = createSecret();

/** A message as the package of Standard Webhooks signs it. */
function sign(body: string, { secret = SECRET, id = `msg_${crypto.randomUUID()}`, at = new Date() } = {}) {
  return {
    'Content-Type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
}

const configured = apiWith({ CATALOG_WEBHOOK_SECRET: SECRET });

let user: User;
beforeAll(async () => {
  user = await createUser();
});

const versionOf = async () =>
  (await configured.as(user).get('/api/v1/llm/catalog', { query: { size: 1 } })).body.catalog.version;

describe('word of a change past the API', () => {
  test('has the catalogue read anew, and may come twice', async () => {
    const before = await versionOf();
    const version = await changeCatalog();
    expect(await versionOf()).toBe(before);

    const body = JSON.stringify({ version });
    const headers = sign(body);
    const answer = await configured.post(PATH, body, { headers });
    expect(answer.status).toBe(200);
    expect(answer.body.version).toBeGreaterThanOrEqual(version);
    expect(await versionOf()).toBeGreaterThanOrEqual(version);

    const again = await configured.post(PATH, body, { headers });
    expect(again.status).toBe(200);
    expect(await versionOf()).toBeGreaterThanOrEqual(version);
  });

  test('is the bytes that were signed, whatever they are as JSON', async () => {
    const body = '{ "version" : 1,\n "of": "ours" }';
    expect((await configured.post(PATH, body, { headers: sign(body) })).status).toBe(200);
  });

  test('may be signed with a former secret beside the one that counts', async () => {
    const body = '{}';
    const headers = sign(body);
    const other = new Webhook(createSecret()).sign(headers['webhook-id'], new Date(), body);
    headers['webhook-signature'] = `v2,else ${other} ${headers['webhook-signature']}`;
    expect((await configured.post(PATH, body, { headers })).status).toBe(200);
  });

  test('does not say which version counts', async () => {
    const body = JSON.stringify({ version: Number.MAX_SAFE_INTEGER });
    const { body: answer } = await configured.post(PATH, body, { headers: sign(body) });
    expect(answer.version).toBeLessThan(1_000_000_000);
  });

  test.each([
    ['with another secret', (body: string) => sign(body, { secret: createSecret() })],
    ['for another body', () => sign('{"version":2}')],
    ['under another id', (body: string) => ({ ...sign(body), 'webhook-id': 'msg_other' })],
    ['too long ago', (body: string) => sign(body, { at: new Date(Date.now() - 6 * 60_000) })],
    ['in times to come', (body: string) => sign(body, { at: new Date(Date.now() + 6 * 60_000) })],
    [
      'at another time than it says',
      (body: string) => ({ ...sign(body), 'webhook-timestamp': String(Math.floor(Date.now() / 1000) - 10) }),
    ],
    ['by nobody', (body: string) => ({ ...sign(body), 'webhook-signature': 'v1,' })],
    [
      'in another way',
      (body: string) => ({
        ...sign(body),
        'webhook-signature': sign(body)['webhook-signature'].replace('v1,', 'v1a,'),
      }),
    ],
  ])('is refused where it was signed %s', async (_, headersOf) => {
    const body = '{"version":1}';
    const answer = await configured.post(PATH, body, { headers: headersOf(body) });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_signature' } });
  });

  test('needs its headers, and a secret of the deployment', async () => {
    for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
      const headers = Object.entries(sign('{}')).filter(([header]) => header !== name);
      const answer = await configured.post(PATH, '{}', { headers: Object.fromEntries(headers) });
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_signature' } });
    }
    const answer = await api.post(PATH, '{}', { headers: sign('{}') });
    expect(answer).toMatchObject({ status: 424, body: { code: 'webhook_not_configured' } });
    expect(answer.body.detail).toContain('CATALOG_WEBHOOK_SECRET');
  });

  test('is to be sent again where the database is away', async () => {
    const away = apiWith({ CATALOG_WEBHOOK_SECRET: SECRET, DATABASE_URL: AWAY });
    expect(await away.post(PATH, '{}', { headers: sign('{}') })).toMatchObject({ status: 503 });
  });
});

test('a secret that cannot sign is no configuration', async () => {
  for (const CATALOG_WEBHOOK_SECRET of ['secret', 'whsec_****abcd', 'whsec_c2hvcnQ=']) {
    const answer = await apiWith({ CATALOG_WEBHOOK_SECRET }).get('/api/v1/llm/providers');
    expect(answer).toMatchObject({ status: 503, body: { code: 'misconfigured' } });
  }
});
