import type { Ctx } from '../../src/context.ts';
import {
  findPendingActivity,
  recordActivity,
  type ActivityRow,
  type NewActivity,
} from '../../src/features/activities/index.ts';
import { deliverMessage, queueDeliveries } from '../../src/features/integrations/index.ts';
import type { User } from './actors.ts';
import type { ApiAnswer } from './api.ts';
import { createTestCtx } from './context.ts';
import { sql } from './database.ts';
import { eventually } from './eventually.ts';
import { atAllowedHost, openRemote, type Remote } from './remote.ts';

export const integrationsOf = (workspaceId: string) => `/api/v1/workspaces/${workspaceId}/integrations`;
export const integrationAt = (id: string, rest = '') => `/api/v1/workspaces/integrations/${id}${rest}`;

/** An integration in the user's own workspace; its address is `remote`'s hook unless the configuration says another. */
export async function addIntegration(
  user: User,
  type: string,
  config: Record<string, unknown>,
): Promise<ApiAnswer['body']> {
  const { status, body } = await user.post(integrationsOf(user.workspaceId), { integration_type: type, config });
  if (status !== 200) throw new Error(`could not add the integration: ${JSON.stringify(body)}`);
  return body;
}

// An integration is not told of its own making, which would come whenever the queue does.
export const EVENTS = ['workspace.*'];

/** A webhook in the user's own workspace, told of what happens to that. */
export const addWebhook = (user: User, url: string, more: object = {}): Promise<ApiAnswer['body']> =>
  addIntegration(user, 'webhook', { url, events: EVENTS, ...more });

/** What is shown of a delivery. */
export const showDelivery = async (user: User, integrationId: string, id: string): Promise<ApiAnswer['body']> =>
  (await user.get(integrationAt(integrationId, `/deliveries/${id}`))).body;

/** A server that keeps what its hook is sent, and answers as told. */
export function openReceiver(answers: Record<string, string | number> = {}): Remote & { hook: string } {
  const remote = openRemote();
  return { ...remote, hook: atAllowedHost(remote.url('hook', answers)) };
}

/** A context that wakes no job up: what is due is done when a test says so. */
export function createQuietCtx(): Ctx {
  return { ...createTestCtx(), jobs: { send: async () => {}, sendAfter: async () => {} } };
}

/** Something happens in the user's workspace, and nobody has been told yet. */
export async function act(user: User, activity: Partial<NewActivity> = {}): Promise<ActivityRow> {
  const ctx = createQuietCtx();
  const marker = crypto.randomUUID();
  const { workspaceId, id: userId } = user;
  const metadata = { fields: ['name'], ...activity.metadata };
  const about = { workspaceId, action: 'workspace_updated', resourceId: marker, userId } as const;
  await recordActivity(ctx, { ...about, ...activity, metadata }).statement;
  const [row] = await sql`select id from workspace_activities where resource_id = ${marker}`;
  return (await findPendingActivity(ctx.db, row!.id))!;
}

/** What an activity has put on its way to an integration. */
export async function deliveryOf(integrationId: string, activity: ActivityRow): Promise<string | undefined> {
  const [row] = await sql`select id from integration_deliveries
    where integration_id = ${integrationId} and activity_id = ${activity.id}`;
  return row?.id;
}

/** Something happens, and is put on its way to the integration, but not sent. */
export async function queueEvent(
  user: User,
  integrationId: string,
  activity: Partial<NewActivity> = {},
): Promise<string> {
  const happened = await act(user, activity);
  await queueDeliveries(createQuietCtx(), happened);
  const id = await deliveryOf(integrationId, happened);
  // Not yet due, lest the sweep of another test finds it.
  await sql`update integration_deliveries set next_attempt_at = now() + interval '1 hour' where id = ${id}`;
  return id!;
}

export const readDelivery = async (id: string) =>
  (await sql`select * from integration_deliveries where id = ${id}`)[0]!;

/** Makes one attempt at a delivery now, whenever its next one would be. */
export async function attempt(id: string, ctx: Ctx = createQuietCtx()): Promise<void> {
  const { attempts } = await readDelivery(id);
  await sql`update integration_deliveries set next_attempt_at = now() where id = ${id}`;
  await deliverMessage(ctx, { deliveryId: id });
  // Whoever sweeps for another test may have been quicker.
  await eventually(async () => {
    const [row] = await sql`select count(*)::int as n from integration_attempts where delivery_id = ${id}`;
    return row!.n > attempts;
  });
}
