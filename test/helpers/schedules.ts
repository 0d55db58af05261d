import type { Env } from '../../src/env.ts';
import { runSchedules } from '../../src/features/triggers/index.ts';
import type { Client } from './api.ts';
import { createTestSystemCtx } from './context.ts';
import { sql } from './database.ts';

export const schedulePath = (id: string, rest = '') => `/api/v1/schedules/${id}${rest}`;

/** Makes a schedule, of each minute where nothing else is said, and gives it as it is answered. */
export async function createSchedule(client: Client, workflowId: string, more: object = {}): Promise<any> {
  const input = { name: 'Each minute', cron: '* * * * *', ...more };
  const { status, body } = await client.post(`/api/v1/workflows/${workflowId}/schedules`, input);
  if (status !== 201) throw new Error(`no schedule: ${JSON.stringify(body)}`);
  return body;
}

/** The last full minute, and so many before it. */
export const minutesAgo = (count: number, now = Date.now()) => new Date((Math.floor(now / 60_000) - count) * 60_000);

let minute = minutesAgo(0);

/** The minute of the present test, however long that takes. */
export const thisMinute = () => minute;

export function beginMinute(): void {
  minute = minutesAgo(0);
}

/** What the clock does a few seconds into that minute. */
export const strikeNow = (bindings?: Partial<Env>) => strike(new Date(minute.getTime() + 10_000), bindings);

const wound = new Set<string>();

/** Has a schedule be due since then, as if nobody had come by. */
export async function dueSince(scheduleId: string, since: Date): Promise<void> {
  wound.add(scheduleId);
  await sql`update schedules set next_due_at = ${since.toISOString()} where id = ${scheduleId}`;
}

/** Lets those rest that were made due, so that they are not in the way of others. */
export async function restAll(): Promise<void> {
  await sql`update schedules set is_active = false, next_due_at = null where id = any(${[...wound]}::uuid[])`;
  wound.clear();
}

/** What the clock has done each minute; tells what it cost at the database. */
export async function strike(now = new Date(), bindings: Partial<Env> = {}): Promise<{ roundTrips: number }> {
  const ctx = createTestSystemCtx();
  await runSchedules({ ...ctx, env: { ...ctx.env, ...bindings } }, now);
  return ctx.meter;
}

/** What became of a schedule, by the API, the oldest first. */
export async function occurrencesOf(client: Client, scheduleId: string): Promise<any[]> {
  const { status, body } = await client.get(schedulePath(scheduleId, '/occurrences'));
  if (status !== 200) throw new Error(`no occurrences: ${JSON.stringify(body)}`);
  return body.toReversed();
}

/** The same in few words. */
export const outcomesFor = async (client: Client, scheduleId: string): Promise<string[]> =>
  (await occurrencesOf(client, scheduleId)).map(({ outcome, reason }) => (reason ? `${outcome}: ${reason}` : outcome));

export const executionsOf = (scheduleId: string) =>
  sql`select * from workflow_executions where trigger_id = ${scheduleId} order by created_at, id`;
