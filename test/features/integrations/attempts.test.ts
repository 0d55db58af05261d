import { Webhook } from 'standardwebhooks';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { deliverMessage } from '../../../src/features/integrations/index.ts';
import { createGuardedFetch } from '../../../src/platform/fetch/guarded-fetch.ts';
import { createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import {
  addWebhook,
  attempt,
  createQuietCtx,
  integrationAt,
  openReceiver,
  queueEvent,
  readDelivery,
  showDelivery,
} from '../../helpers/integrations.ts';
import { atAllowedHost, atHost, openRemote } from '../../helpers/remote.ts';

let user: User;
/** The same in a workspace that no other test sends anything from. */
let here: User;
beforeAll(async () => {
  user = await createUser();
});
beforeEach(async () => {
  here = { ...user, workspaceId: await createWorkspace(user) };
});

describe('a failed attempt', () => {
  test('is made again, under the same id and signed anew, until one succeeds', async () => {
    const receiver = openReceiver({ codes: '500,302,204' });
    const hook = await addWebhook(here, receiver.hook);
    const delivery = await queueEvent(here, hook.id);
    for (let n = 0; n < 3; n++) await attempt(delivery);
    const requests = await receiver.received();
    expect(requests).toHaveLength(3);
    for (const { body, headers } of requests) {
      expect(headers['webhook-id']).toBe(delivery);
      expect(body).toBe(requests[0]!.body);
      new Webhook(hook.signing_secret).verify(body, headers);
    }
    const detail = await showDelivery(user, hook.id, delivery);
    expect(detail).toMatchObject({ status: 'delivered', attempt_count: 3 });
    expect(detail.attempts.map((one: any) => [one.number, one.status_code])).toEqual([
      [1, 500],
      [2, 302],
      [3, 204],
    ]);
  });

  test('is waited after longer and longer, and the eighth is the last', async () => {
    const { id } = await addWebhook(here, openReceiver({ codes: '500' }).hook);
    const delivery = await queueEvent(here, id);
    for (const seconds of [5, 300, 1800, 7200, 18_000, 36_000, 36_000]) {
      await attempt(delivery);
      const [row] = await sql`select status, extract(epoch from next_attempt_at - now())::float as wait
        from integration_deliveries where id = ${delivery}`;
      expect(row!.status).toBe('pending');
      expect(row!.wait).toBeGreaterThan(seconds * 0.95 - 2);
      expect(row!.wait).toBeLessThanOrEqual(seconds * 1.2);
    }
    await attempt(delivery);
    expect(await readDelivery(delivery)).toMatchObject({ status: 'failed', attempts: 8 });
  });

  test('is made again within seconds the first time, without waiting for the sweep', async () => {
    const sendAfter = vi.fn(async () => {});
    const { id } = await addWebhook(here, openReceiver({ codes: '500' }).hook);
    const delivery = await queueEvent(here, id);
    const ctx = { ...createQuietCtx(), jobs: { send: async () => {}, sendAfter } };
    await sql`update integration_deliveries set next_attempt_at = now() where id = ${delivery}`;
    await deliverMessage(ctx, { deliveryId: delivery });
    expect(sendAfter.mock.calls).toEqual([[expect.any(Number), 'integration.deliver', { deliveryId: delivery }]]);
  });

  test.each([
    ['429', '900', 900],
    ['503', 'in 20 minutes', 1200],
    ['503', '999999999', 86_400],
    ['503', '0', 5],
    ['503', 'soon', 5],
    ['500', '900', 5],
  ])('by %s with Retry-After %s is waited after as asked, within bounds', async (codes, retry, seconds) => {
    const asked = retry === 'in 20 minutes' ? new Date(Date.now() + 1_200_000).toUTCString() : retry;
    const { id } = await addWebhook(here, openReceiver({ codes, retry: asked }).hook);
    const delivery = await queueEvent(here, id);
    await attempt(delivery);
    const [row] = await sql`select extract(epoch from next_attempt_at - now())::float as wait
      from integration_deliveries where id = ${delivery}`;
    expect(row!.wait).toBeGreaterThan(seconds - 5);
    expect(row!.wait).toBeLessThanOrEqual(seconds * 1.2);
  });

  test.each([
    ['private', () => atHost(openRemote().url('echo'), `127.0.0.2:${openRemote().port}`), 'address_not_allowed'],
    ['nowhere', () => 'https://nowhere.invalid/', 'address_not_allowed'],
  ])('at an address that is %s says why', async (_, url, error) => {
    const { id } = await addWebhook(here, openReceiver().hook);
    // As if what was a good address when it was saved has become one of these.
    await sql`update workspace_integrations set config = config || ${JSON.stringify({ url: url() })}::jsonb where id = ${id}`;
    const delivery = await queueEvent(here, id);
    await attempt(delivery);
    const detail = await showDelivery(user, id, delivery);
    expect(detail.attempts).toMatchObject([{ number: 1, status_code: null, error }]);
    expect(detail.status).toBe('pending');
  });

  test('does not follow where the address leads: a redirect is no delivery', async () => {
    const secret = openReceiver();
    const remote = openRemote();
    const to = atAllowedHost(remote.url('redirect', { to: secret.hook, status: 307 }));
    const { id } = await addWebhook(here, to);
    const delivery = await queueEvent(here, id);
    await attempt(delivery);
    expect((await showDelivery(user, id, delivery)).attempts).toMatchObject([{ status_code: 307, error: null }]);
    expect(await secret.received()).toEqual([]);
  });

  test.each([
    ['comes in time', () => atAllowedHost(openRemote().url('silent')), 'remote_timeout'],
    ['comes at all', () => 'http://localhost:1025/', 'remote_unavailable'],
  ])('is one where no answer %s', async (_, url, error) => {
    const { id } = await addWebhook(here, openReceiver().hook);
    await sql`update workspace_integrations set config = config || ${JSON.stringify({ url: url() })}::jsonb where id = ${id}`;
    const delivery = await queueEvent(here, id);
    const limits: unknown[] = [];
    const ctx = createQuietCtx();
    const guardedFetch = createGuardedFetch({ resolver: { resolve: async () => [] }, allowPrivate: ['localhost'] });
    await attempt(delivery, {
      ...ctx,
      guardedFetch: (to, init, given) => {
        limits.push(given);
        return guardedFetch(to, init, { ...given, timeMs: 300 });
      },
    });
    expect((await showDelivery(user, id, delivery)).attempts).toMatchObject([{ status_code: null, error }]);
    expect(limits).toMatchObject([{ timeMs: 10_000 }]);
  });

  test('is one where the secrets cannot be read, and they are said to nobody', async () => {
    const { id } = await addWebhook(here, openReceiver().hook);
    await sql`update workspace_integrations set sealed_secrets = 'gone.AAAA' where id = ${id}`;
    const delivery = await queueEvent(here, id);
    await attempt(delivery);
    expect((await showDelivery(user, id, delivery)).attempts).toMatchObject([
      { status_code: null, error: 'secret_unreadable' },
    ]);
  });

  test('is none where the answer is long: it was taken', async () => {
    const url = atAllowedHost(openRemote().url('endless'));
    const { id } = await addWebhook(here, url);
    const delivery = await queueEvent(here, id);
    await attempt(delivery);
    expect(await readDelivery(delivery)).toMatchObject({ status: 'delivered' });
  });
});

describe('an integration', () => {
  test('whose address is gone is switched off, once, with everything that waits for it', async () => {
    const { id } = await addWebhook(here, openReceiver({ codes: '410' }).hook);
    const deliveries = [await queueEvent(here, id), await queueEvent(here, id), await queueEvent(here, id)];
    await Promise.all(deliveries.slice(0, 2).map((one) => attempt(one)));
    expect((await user.get(integrationAt(id))).body).toMatchObject({
      is_enabled: false,
      disabled_reason: 'gone',
      version: 2,
    });
    const statuses = await Promise.all(deliveries.map(async (one) => (await readDelivery(one)).status));
    expect(statuses[2]).toBe('cancelled');
    expect(statuses).not.toContain('pending');
    const told = await sql`select action, user_id from workspace_activities
      where resource_id = ${id} and action = 'integration_disabled'`;
    expect(told).toEqual([{ action: 'integration_disabled', user_id: null }]);
    const audited = await sql`select actor_id, details from audit_entries
      where resource_id = ${id} and action = 'integration.disabled'`;
    expect(audited).toEqual([{ actor_id: null, details: { reason: 'gone' } }]);

    const enabled = await user.patch(integrationAt(id), { is_enabled: true });
    expect(enabled.body).toMatchObject({ is_enabled: true, disabled_reason: null, version: 3 });
  });

  test('that was changed while its former address said so stays switched on', async () => {
    const { id } = await addWebhook(here, openReceiver({ codes: '410' }).hook);
    const delivery = await queueEvent(here, id);
    const ctx = createQuietCtx();
    await attempt(delivery, {
      ...ctx,
      async guardedFetch(...request) {
        const answer = await ctx.guardedFetch(...request);
        await user.patch(integrationAt(id), { config: { url: openReceiver().hook } });
        return answer;
      },
    });
    expect((await user.get(integrationAt(id))).body).toMatchObject({ is_enabled: true, version: 2 });
  });

  test('that has taken nothing for five days is switched off', async () => {
    const { id } = await addWebhook(here, openReceiver({ codes: '500' }).hook);
    const age = (days: number) => sql`update workspace_integrations
      set failing_since = now() - make_interval(days => ${days}) where id = ${id}`;
    await attempt(await queueEvent(here, id));
    const [row] = await sql`select failing_since from workspace_integrations where id = ${id}`;
    expect(row!.failing_since).not.toBeNull();
    await age(4);
    await attempt(await queueEvent(here, id));
    expect((await user.get(integrationAt(id))).body).toMatchObject({ is_enabled: true, version: 1 });
    await age(5);
    await attempt(await queueEvent(here, id));
    await eventually(async () => (await user.get(integrationAt(id))).body.disabled_reason === 'failing');
  });

  test('that takes one is well again', async () => {
    const { id } = await addWebhook(here, openReceiver({ codes: '500,200' }).hook);
    const delivery = await queueEvent(here, id);
    await attempt(delivery);
    await sql`update workspace_integrations set failing_since = now() - interval '30 days' where id = ${id}`;
    await attempt(delivery);
    const [row] = await sql`select failing_since, is_enabled from workspace_integrations where id = ${id}`;
    expect(row).toEqual({ failing_since: null, is_enabled: true });
  });

  test('that is switched off or deleted is sent nothing more', async () => {
    const [off, gone] = [openReceiver(), openReceiver()];
    const first = await addWebhook(here, off.hook);
    const second = await addWebhook(here, gone.hook);
    const [waiting, deleted] = [await queueEvent(here, first.id), await queueEvent(here, second.id)];
    await user.patch(integrationAt(first.id), { is_enabled: false });
    await user.delete(integrationAt(second.id));
    expect(await readDelivery(waiting)).toMatchObject({ status: 'cancelled' });
    expect(await readDelivery(deleted)).toBeUndefined();
    for (const deliveryId of [waiting, deleted]) await deliverMessage(createQuietCtx(), { deliveryId });
    expect([await off.received(), await gone.received()]).toEqual([[], []]);
  });

  test('of a workspace that was deleted says farewell, and no more', async () => {
    const receiver = openReceiver();
    const { id } = await addWebhook(here, receiver.hook);
    const [update, farewell] = [
      await queueEvent(here, id),
      await queueEvent(here, id, { action: 'workspace_deleted' }),
    ];
    await sql`update workspaces set status = 'deleted', deleted_at = now() where id = ${here.workspaceId}`;
    await sql`update integration_deliveries set next_attempt_at = now() where id = ${update}`;
    await deliverMessage(createQuietCtx(), { deliveryId: update });
    await attempt(farewell);
    const requests = await receiver.received();
    expect(requests.map(({ body }) => JSON.parse(body).type)).toEqual(['workspace.deleted']);
  });
});
