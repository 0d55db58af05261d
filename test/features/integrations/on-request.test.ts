import { Webhook } from 'standardwebhooks';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { apiWith } from '../../helpers/environment.ts';
import { eventually } from '../../helpers/eventually.ts';
import {
  addIntegration,
  addWebhook,
  attempt,
  EVENTS,
  integrationAt,
  openReceiver,
  queueEvent,
  readDelivery,
  showDelivery,
} from '../../helpers/integrations.ts';

let user: User;
/** The same in a workspace that no other test sends anything from. */
let here: User;
beforeAll(async () => {
  user = await createUser();
});
beforeEach(async () => {
  here = { ...user, workspaceId: await createWorkspace(user) };
});

describe('a replay', () => {
  test('sends the same message again, under its id', async () => {
    const receiver = openReceiver();
    const hook = await addWebhook(here, receiver.hook);
    const delivery = await queueEvent(here, hook.id);
    const path = integrationAt(hook.id, `/deliveries/${delivery}/replay`);
    expect(await user.post(path)).toMatchObject({ status: 409, body: { code: 'delivery_pending' } });
    await attempt(delivery);
    const both = await Promise.all([user.post(path), user.post(path)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    expect(both.find(({ status }) => status === 200)!.body).toMatchObject({ id: delivery, status: 'pending' });
    await eventually(async () => (await readDelivery(delivery)).status === 'delivered');
    const requests = await receiver.received();
    expect(requests.map(({ headers }) => headers['webhook-id'])).toEqual([delivery, delivery]);
    expect(requests[0]!.body).toBe(requests[1]!.body);
    expect((await showDelivery(user, hook.id, delivery)).attempts).toMatchObject([{ number: 1 }, { number: 2 }]);
  });

  test('of one that was given up begins the schedule anew', async () => {
    const { id } = await addWebhook(here, openReceiver({ codes: '500' }).hook);
    const delivery = await queueEvent(here, id);
    await sql`update integration_deliveries set status = 'failed', attempts = 8 where id = ${delivery}`;
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    const path = integrationAt(id, `/deliveries/${delivery}/replay`);
    for (let n = 0; n < 2; n++) expect(await user.post(path, undefined, { headers })).toMatchObject({ status: 200 });
    await eventually(async () => (await showDelivery(user, id, delivery)).attempts.length > 0);
    await eventually(async () => (await showDelivery(user, id, delivery)).status === 'pending');
    expect(await readDelivery(delivery)).toMatchObject({ replayed_after: 8 });
  });

  test('is none of what is another integration’s, or switched off', async () => {
    const [one, two] = [await addWebhook(here, openReceiver().hook), await addWebhook(here, openReceiver().hook)];
    const delivery = await queueEvent(here, one.id);
    const foreign = integrationAt(two.id, `/deliveries/${delivery}`);
    expect(await user.get(foreign)).toMatchObject({ status: 404 });
    expect(await user.post(`${foreign}/replay`)).toMatchObject({ status: 404 });
    await user.patch(integrationAt(one.id), { is_enabled: false });
    expect(await user.post(integrationAt(one.id, `/deliveries/${delivery}/replay`))).toMatchObject({
      status: 409,
      body: { code: 'integration_disabled' },
    });
  });
});

describe('a test', () => {
  test('is sent now, even where the integration is switched off, and tells what came back', async () => {
    const receiver = openReceiver({ codes: '202', text: `thanks ${'x'.repeat(600)}` });
    const hook = await addWebhook(here, receiver.hook, { events: ['member.*'] });
    await user.patch(integrationAt(hook.id), { is_enabled: false });
    const { status, body } = await user.post(integrationAt(hook.id, '/test'));
    expect({ status, body }).toMatchObject({ status: 200, body: { success: true, status_code: 202, error: null } });
    expect(body.response_excerpt).toMatch(/^thanks x{493}$/);
    const [request] = await receiver.received();
    const payload = new Webhook(hook.signing_secret).verify(request!.body, request!.headers);
    expect(payload).toMatchObject({ type: 'integration.test', data: { integration_id: hook.id } });
    expect(await showDelivery(user, hook.id, body.delivery_id)).toMatchObject({
      event_type: 'integration.test',
      activity_id: null,
      status: 'delivered',
      attempts: [{ number: 1, status_code: 202 }],
    });
  });

  test('of Slack is in words', async () => {
    const receiver = openReceiver({ text: 'ok' });
    const { id } = await addIntegration(here, 'slack', { webhook_url: receiver.hook, events: EVENTS });
    expect((await user.post(integrationAt(id, '/test'))).body).toMatchObject({ success: true, response_excerpt: 'ok' });
    expect(JSON.parse((await receiver.received())[0]!.body)).toEqual({ text: 'A test of this integration. It works.' });
  });

  test('that fails says so, once, and nothing else comes of it', async () => {
    const receiver = openReceiver({ codes: '410', text: 'no_service' });
    const { id } = await addWebhook(here, receiver.hook, { events: ['member.*'] });
    const { body } = await user.post(integrationAt(id, '/test'));
    expect(body).toMatchObject({ success: false, status_code: 410, response_excerpt: 'no_service' });
    expect(await showDelivery(user, id, body.delivery_id)).toMatchObject({ status: 'failed', next_attempt_at: null });
    expect((await user.get(integrationAt(id))).body).toMatchObject({ is_enabled: true, version: 1 });
    const [row] = await sql`select failing_since from workspace_integrations where id = ${id}`;
    expect(row!.failing_since).toBeNull();
  });

  test('reaches no private address, and says why', async () => {
    const client = apiWith({ OUTGOING_ALLOW_PRIVATE: '' }).as(user);
    const receiver = openReceiver();
    const { id } = await addWebhook(here, receiver.hook, { events: ['member.*'] });
    expect((await client.post(integrationAt(id, '/test'))).body).toMatchObject({
      success: false,
      status_code: null,
      error: 'address_not_allowed',
      response_excerpt: null,
    });
    expect(await receiver.received()).toEqual([]);
  });

  test('that is repeated under its key is sent once, and shown again', async () => {
    const receiver = openReceiver();
    const { id } = await addWebhook(here, receiver.hook, { events: ['member.*'] });
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    const first = await user.post(integrationAt(id, '/test'), undefined, { headers });
    const again = await user.post(integrationAt(id, '/test'), undefined, { headers });
    expect(again.body).toEqual({ ...first.body, response_excerpt: null });
    expect(await receiver.received()).toHaveLength(1);
  });
});
