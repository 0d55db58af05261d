import { sql } from 'drizzle-orm';
import { describeError } from '../core/log.ts';
import type { Database } from '../db/client.ts';
import { cronTasks } from '../db/schema/index.ts';

export type CronRun = { name: string; cron: string; startedAt: Date; finishedAt: Date; failure: unknown };

const ERROR_LIMIT = 500;

/** Keeps the last run of each task, for operators. */
export async function recordRun(db: Database, { name, cron, startedAt, finishedAt, failure }: CronRun): Promise<void> {
  const failed = failure !== null;
  const row = {
    cron,
    lastStartedAt: startedAt,
    lastFinishedAt: finishedAt,
    lastError: failed ? String(describeError(failure).message).slice(0, ERROR_LIMIT) : null,
    lastSucceededAt: failed ? null : finishedAt,
  };
  await db
    .insert(cronTasks)
    .values({ name, ...row })
    .onConflictDoUpdate({
      target: cronTasks.name,
      set: { ...row, lastSucceededAt: sql`coalesce(excluded.last_succeeded_at, ${cronTasks.lastSucceededAt})` },
    });
}
