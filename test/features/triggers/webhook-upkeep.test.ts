/** What holds of webhooks whatever calls them: where they belong, how their secrets are kept, and when bodies are the same. */
import { randomBytes } from 'node:crypto';
import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import { resealWebhooks } from '../../../src/features/triggers/index.ts';
import { identify } from '../../../src/features/triggers/webhooks/receiving/delivery-id.ts';
import { createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { createTestSystemCtx } from '../../helpers/context.ts';
import { sql } from '../../helpers/database.ts';
import { apiWith } from '../../helpers/environment.ts';
import { createHook, send } from '../../helpers/hooks.ts';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

test('one whose workflow is moved to another workspace starts nothing until that comes back', async () => {
  const hook = await createHook(user);
  const elsewhere = await createWorkspace(user);
  const moveTo = (workspaceId: string) =>
    sql`update workflows set workspace_id = ${workspaceId} where id = ${hook.workflowId}`;
  await moveTo(elsewhere);
  expect((await send(hook)).status).toBe(404);
  await moveTo(user.workspaceId);
  expect((await send(hook)).status).toBe(202);
});

test('a secret that another row or workspace has sealed opens nothing, and is said to be unreadable', async () => {
  const [hook, other] = [await createHook(user), await createHook(user)];
  await sql`update webhook_triggers set sealed_secrets =
    (select sealed_secrets from webhook_triggers where id = ${other.id}) where id = ${hook.id}`;
  const { status, body } = await send(hook, { secret: other.secret });
  expect([status, body.code]).toEqual([409, 'secret_unreadable']);
});

test('secrets of a former key are sealed anew under the present one, and are the same', async () => {
  const oldId = `old-${crypto.randomUUID().slice(0, 8)}`;
  const old = `${oldId}:${randomBytes(32).toString('base64')}`;
  const hook = await createHook({ ...user, ...apiWith({ ENCRYPTION_KEYS: old }).as(user) });
  const state = async () =>
    (
      await sql`select split_part(sealed_secrets, '.', 1) as key, version, updated_at from webhook_triggers
        where id = ${hook.id}`
    )[0]!;
  const first = await state();
  expect(first.key).toBe(oldId);
  expect((await send(hook)).body.code).toBe('secret_unreadable');
  const rotated = { ...env, ENCRYPTION_KEYS: `${env.ENCRYPTION_KEYS},${old}` };
  await resealWebhooks(createTestSystemCtx(rotated));
  expect(await state()).toEqual({ ...first, key: env.ENCRYPTION_KEYS.split(':')[0] });
  expect((await send(hook)).status).toBe(202);
});

test('equal bodies that nobody has signed a time or an id for are one within the window, and two after the next', () => {
  const hook = { id: crypto.randomUUID(), replayWindowSeconds: 300, deliveryIdFrom: null } as Parameters<
    typeof identify
  >[0];
  const verdict = { fault: null, byFormer: false, sentAt: null, mark: 'same' };
  const at = 1_800_000_000_000;
  for (const id of [null, () => crypto.randomUUID()]) {
    const namesAt = (offMs: number) => identify(hook, { id: id && id(), isSigned: false }, verdict, at + offMs);
    const isKnownTo = (earlierMs: number, laterMs: number) => {
      const { claimed, former } = namesAt(laterMs);
      return [claimed, former].includes(namesAt(earlierMs).claimed);
    };
    for (const from of [0, 1, 150_000, 299_999]) {
      for (const apart of [0, 1, 299_999, 300_000]) expect(isKnownTo(from, from + apart)).toBe(true);
      expect(isKnownTo(from, from + 600_000)).toBe(false);
    }
  }
});
