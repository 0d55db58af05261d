import { createExecutionContext, createScheduledController } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import worker from '../../../local/worker.ts';
import {
  deliverMessage,
  purgeDeliveries,
  queueDeliveries,
  sweepDeliveries,
} from '../../../src/features/integrations/index.ts';
import { createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { createTestCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import {
  act,
  addIntegration,
  addWebhook,
  attempt,
  createQuietCtx,
  deliveryOf,
  EVENTS,
  integrationAt,
  integrationsOf,
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

describe('what happens in a workspace', () => {
  test('is sent to its webhooks by itself, signed, and without a word about persons', async () => {
    const receiver = openReceiver();
    const hook = await addWebhook(here, receiver.hook, { events: ['integration.created'] });
    const other = await addIntegration(here, 'slack', {
      webhook_url: openReceiver().hook,
      events: ['member.*'],
    });
    const request = await eventually(async () =>
      (await receiver.received()).find(({ body }) => body.includes(other.id)),
    );
    expect(request).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/json' } });
    const payload = new Webhook(hook.signing_secret).verify(request.body, request.headers);
    expect(payload).toEqual({
      type: 'integration.created',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      data: {
        activity_id: expect.any(String),
        workspace_id: here.workspaceId,
        project_id: null,
        user_id: user.id,
        subject_id: null,
        action: 'integration_created',
        resource_type: 'integration',
        resource_id: other.id,
        metadata: { type: 'slack' },
      },
    });
    expect(request.body).not.toContain(user.email);
    expect(request.body).not.toContain('Test User');
    const id = request.headers['webhook-id']!;
    const detail = await eventually(async () => {
      const shown = await showDelivery(user, hook.id, id);
      return shown.status === 'delivered' && shown;
    });
    expect(detail).toMatchObject({
      activity_id: (payload as any).data.activity_id,
      attempt_count: 1,
      next_attempt_at: null,
      attempts: [{ number: 1, status_code: 200, error: null }],
    });
    expect(() => new Webhook(hook.signing_secret).verify(`${request.body} `, request.headers)).toThrow();
    expect(() => new Webhook(`whsec_${'A'.repeat(43)}=`).verify(request.body, request.headers)).toThrow();
  });

  test('is sent once to each that subscribes to it, however often it is followed up', async () => {
    const hooks = await Promise.all(
      [['*'], ['workspace.*'], ['workspace.updated'], ['member.*'], ['workspace.deleted', 'project.*']].map((events) =>
        addWebhook(here, openReceiver().hook, { events }),
      ),
    );
    const disabled = await addWebhook(here, openReceiver().hook);
    await user.patch(integrationAt(disabled.id), { is_enabled: false });
    const stranger = await createUser();
    const foreign = await addIntegration(stranger, 'webhook', { url: openReceiver().hook, events: EVENTS });
    const activity = await act(here);
    await Promise.all([1, 2, 3].map(() => queueDeliveries(createQuietCtx(), activity)));
    await queueDeliveries(createQuietCtx(), activity);
    const rows = await sql`select integration_id from integration_deliveries where activity_id = ${activity.id}`;
    const queued = rows.map(({ integration_id }) => integration_id as string);
    for (const { id } of hooks.slice(0, 3)) expect(queued.filter((one) => one === id)).toEqual([id]);
    for (const { id } of [...hooks.slice(3), disabled, foreign]) expect(queued).not.toContain(id);
  });

  test('is not sent to what was added afterwards', async () => {
    const activity = await act(here);
    const { id } = await addWebhook(here, openReceiver().hook);
    await queueDeliveries(createQuietCtx(), activity);
    expect(await deliveryOf(id, activity)).toBeUndefined();
  });

  test('is sent once, though several jobs try at the same time', async () => {
    const receiver = openReceiver();
    const { id } = await addWebhook(here, receiver.hook);
    const delivery = await queueEvent(here, id);
    await sql`update integration_deliveries set next_attempt_at = now() where id = ${delivery}`;
    await Promise.all(Array.from({ length: 5 }, () => deliverMessage(createTestCtx(), { deliveryId: delivery })));
    await deliverMessage(createTestCtx(), { deliveryId: delivery });
    expect(await receiver.received()).toHaveLength(1);
    expect(await readDelivery(delivery)).toMatchObject({ status: 'delivered', attempts: 1 });
  });
});

describe('the list of deliveries', () => {
  test('pages by cursor and offset, by status, newest first', async () => {
    const { id } = await addWebhook(here, openReceiver().hook);
    const made: string[] = [];
    for (let n = 0; n < 5; n++) made.unshift(await queueEvent(here, id));
    await attempt(made[1]!);
    const path = integrationAt(id, '/deliveries');
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { body, headers } = await user.get(path, { query: { limit: 2, cursor } });
      expect(headers.get('server-timing')).toContain('desc="2"');
      seen.push(...body.map((one: any) => one.id));
      cursor = headers.get('x-next-cursor') ?? undefined;
    } while (cursor);
    expect(seen).toEqual(made);
    const offset = await user.get(path, { query: { limit: 2, offset: 3 } });
    expect(offset.body.map((one: any) => one.id)).toEqual(made.slice(3));
    const delivered = await user.get(path, { query: { status: 'delivered' } });
    expect(delivered.body.map((one: any) => one.id)).toEqual([made[1]]);
    expect(await user.get(path, { query: { status: 'lost' } })).toMatchObject({ status: 422 });
  });
});

describe('the jobs', () => {
  test('find what is due and whose message was lost', async () => {
    const receiver = openReceiver();
    const { id } = await addWebhook(here, receiver.hook);
    const delivery = await queueEvent(here, id);
    await sql`update integration_deliveries set next_attempt_at = now() where id = ${delivery}`;
    const controller = createScheduledController({ cron: '* * * * *', scheduledTime: new Date() });
    await worker.scheduled(controller, env, createExecutionContext());
    await eventually(async () => (await readDelivery(delivery)).status === 'delivered');
    expect(await receiver.received()).toHaveLength(1);
  });

  test('leave alone what is not due, or whose integration takes nothing', async () => {
    const { id } = await addWebhook(here, openReceiver().hook);
    const [later, dead] = [await queueEvent(here, id), await queueEvent(here, id)];
    const swept = async () => {
      const send = vi.fn();
      const ctx = createQuietCtx();
      await sweepDeliveries({ ...ctx, jobs: { ...ctx.jobs, send } });
      return send.mock.calls.flatMap(([, ...payloads]) => payloads.map((one: any) => one.deliveryId));
    };
    expect(await swept()).not.toContain(later);
    await sql`update workspaces set status = 'deleted', deleted_at = now() where id = ${here.workspaceId}`;
    await sql`update integration_deliveries set next_attempt_at = now() where id = ${dead}`;
    expect(await swept()).not.toContain(dead);
  });

  test('delete what is older than 30 days, with its attempts, and nothing else', async () => {
    const { id } = await addWebhook(here, openReceiver().hook);
    const [old, recent] = [await queueEvent(here, id), await queueEvent(here, id)];
    await attempt(old);
    await sql`update integration_deliveries set created_at = now() - interval '31 days' where id = ${old}`;
    await purgeDeliveries(createQuietCtx(), new Date());
    expect(await readDelivery(old)).toBeUndefined();
    expect(await readDelivery(recent)).toBeDefined();
  });

  test('do nothing about what has arrived', async () => {
    const { id } = await addWebhook(here, openReceiver().hook);
    const delivery = await queueEvent(here, id);
    await attempt(delivery);
    const row = await readDelivery(delivery);
    await deliverMessage(createQuietCtx(), { deliveryId: delivery });
    expect(await readDelivery(delivery)).toEqual(row);
  });
});

test('a workspace without integrations costs nothing to tell of', async () => {
  const nobody = await createUser();
  expect((await nobody.get(integrationsOf(nobody.workspaceId))).body).toEqual([]);
  const send = vi.fn();
  const ctx = createQuietCtx();
  await queueDeliveries({ ...ctx, jobs: { ...ctx.jobs, send } }, await act(nobody));
  expect(send).not.toHaveBeenCalled();
  expect(ctx.meter.roundTrips).toBe(1);
});
