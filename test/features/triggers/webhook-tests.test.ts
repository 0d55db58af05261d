/** Trying a webhook out: by its test address, and by a sample. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createUser, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { definition, recorded, transform, trigger } from '../../helpers/executions.ts';
import { callsOf, createHook, ruleOf, send, SENDERS, startedBy, webhookAt, type Hook } from '../../helpers/hooks.ts';

let user: User;
let hook: Hook;
beforeAll(async () => {
  user = await createUser();
});
beforeEach(async () => {
  hook = await createHook(user);
});

const open = (input: object = {}) => user.post(webhookAt(hook.id, '/test-session'), input);
const tryOut = (sending: Parameters<typeof send>[1] = {}) => send(hook, { ...sending, rest: '/test' });

describe('the test address', () => {
  test('answers only while a session is open', async () => {
    expect((await tryOut()).status).toBe(404);
    const { body } = await open({ minutes: 5 });
    expect(body).toMatchObject({ path: `${hook.path}/test`, runs: false });
    expect(Date.parse(body.expires_at) - Date.now()).toBeLessThanOrEqual(300_000);
    expect((await tryOut()).status).toBe(200);
    await user.delete(webhookAt(hook.id, '/test-session'));
    expect((await tryOut()).status).toBe(404);
    await open();
    await sql`update webhook_triggers set test_until = now() - interval '1 second' where id = ${hook.id}`;
    expect((await tryOut()).status).toBe(404);
    expect((await user.get(webhookAt(hook.id))).body).toMatchObject({ test_until: null, version: 1 });
  });

  test('shows what would be started, and starts nothing', async () => {
    await open();
    const { body } = await tryOut({ id: 'msg_1', body: { a: [1] } });
    expect(body).toMatchObject({
      accepted: true,
      reason: null,
      authentic: true,
      signature: { scheme: 'standard', fault: null, by_former_secret: false, window_seconds: 300 },
      delivery_id: 'msg_1',
      input: { method: 'POST', body: { a: [1] }, webhook: { id: hook.id, delivery_id: 'msg_1' } },
      would_start: { workflow_id: hook.workflowId, workflow_version: null, priority: 5 },
      execution_id: null,
    });
    expect(await startedBy(hook.id)).toBe(0);
  });

  test('says what is wrong with a call, and never what would be right', async () => {
    await open();
    const { secret } = await createHook(user);
    const bad = await tryOut({ secret });
    expect(bad.body).toMatchObject({ accepted: false, reason: 'webhook_not_authentic', authentic: false });
    expect(bad.body.signature.fault).toBe('signature_invalid');
    const right = SENDERS.standard!(hook.secret, '{"n":1}', { id: 'x', at: Date.now() })['webhook-signature']!;
    expect(JSON.stringify(bad.body)).not.toContain(right.slice(3));
    const stale = await tryOut({ at: Date.now() - 400_000 });
    expect(stale.body).toMatchObject({ reason: 'webhook_stale', signature: { fault: 'timestamp_stale' } });
    expect(stale.body.signature.age_seconds).toBeGreaterThanOrEqual(400);
    const missing = await tryOut({ headers: { 'webhook-signature': '' } });
    expect(missing.body.signature.fault).toBe('signature_missing');
    const unread = await tryOut({ body: '{', id: 'x' });
    expect(unread.body).toMatchObject({ accepted: false, authentic: true, reason: 'malformed_request', input: null });
    await user.post(webhookAt(hook.id, '/rotate-secret'), {});
    expect((await tryOut()).body.signature.by_former_secret).toBe(true);
  });

  test('uses up no id of a message, and works before the webhook is switched on', async () => {
    await user.patch(webhookAt(hook.id), { is_active: false });
    await open({ run: true });
    for (let n = 0; n < 2; n++) expect((await tryOut({ id: 'msg_1' })).body.execution_id).not.toBeNull();
    await user.patch(webhookAt(hook.id), { is_active: true });
    expect((await send(hook, { id: 'msg_1' })).body.repeated).toBe(false);
    expect((await tryOut({ id: 'msg_1' })).body.accepted).toBe(true);
  });

  test('has the latest version run on request, marked as a test, and only what is authentic', async () => {
    const latest = definition({ start: trigger, out: transform('"latest"') });
    await user.patch(webhookAt(hook.id), { workflow_version: 1 });
    await user.patch(`/api/v1/workflows/${hook.workflowId}`, { definition: latest });
    await open({ run: true });
    const { body } = await tryOut();
    const row = await recorded(body.execution_id);
    expect(row).toMatchObject({ workflow_version: 2, output_data: 'latest', metadata: { test: true } });
    expect((await tryOut({ at: 0 })).body.execution_id).toBeNull();
    expect(await startedBy(hook.id)).toBe(1);
  });

  test('is noted in full among the calls', async () => {
    await open();
    const { body } = await tryOut({ id: 'msg_1' });
    const [call] = await callsOf(user, hook);
    expect(call).toMatchObject({ outcome: 'test', reason: null, delivery_id: 'msg_1' });
    const shown = await user.get(webhookAt(hook.id, `/calls/${call.id}`));
    expect(shown.body.detail).toEqual(body);
  });
});

describe.each(Object.keys(SENDERS))('a sample for %s', (scheme) => {
  test('is signed as it should be, and shown without a secret', async () => {
    hook = await createHook(user, ruleOf(scheme));
    const { status, body } = await user.post(webhookAt(hook.id, '/test'), { body: { sample: 'é' } });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      accepted: true,
      authentic: true,
      input: { body: { sample: 'é' } },
      execution_id: null,
    });
    expect(body.request).toMatchObject({ method: 'POST', path: hook.path, body: '{"sample":"é"}' });
    if (hook.secret) expect(JSON.stringify(body)).not.toContain(hook.secret);
    expect(await startedBy(hook.id)).toBe(0);
    const ran = await user.post(webhookAt(hook.id, '/test'), { run: true });
    expect((await recorded(ran.body.execution_id)).metadata).toEqual({ test: true });
  });
});
