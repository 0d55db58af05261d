import { describeError, logEvent } from '../../../core/log.ts';
import { DAY, startOfMonth } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { purge } from '../../../db/purge.ts';
import { executionRunner } from '../runner/runner-stub.ts';
import * as queries from './removed-queries.ts';

/** Executions that one run clears away, of which each is a request to object storage. */
const CLEARED_AT_ONCE = 1_000;

/** As many as one call of a runner takes. */
const PORTION = 100;

/** Each with its nodes and its log. */
const EXPIRED_AT_ONCE = 200;

/** Ends what a runner still does for executions that were deleted with their workflow; nothing is written of them. */
export async function dropExecutions(
  { env }: Ctx,
  { workspaceId, executionIds }: { workspaceId: string; executionIds: string[] },
): Promise<void> {
  const runner = executionRunner(env, workspaceId);
  for (let at = 0; at < executionIds.length; at += PORTION) await runner.forget(executionIds.slice(at, at + PORTION));
}

/**
 * Clears away what is left of executions that were deleted a while ago: those that no message has ended, and what was put
 * into object storage, also by a node that was at work then. What fails is tried again in ten minutes.
 */
export async function clearRemoved(ctx: Ctx, now: Date): Promise<void> {
  const removed = await queries.claimRemoved(ctx.db, now, CLEARED_AT_ONCE);
  await Promise.all(
    [...Map.groupBy(removed, (row) => row.workspace_id)].map(async ([workspaceId, rows]) => {
      const executionIds = rows.map(({ execution_id: id }) => id);
      try {
        await dropExecutions(ctx, { workspaceId, executionIds });
        await queries.markCleared(ctx.db, workspaceId, executionIds);
      } catch (error) {
        logEvent('warn', 'executions_not_cleared', { workspace_id: workspaceId, error: describeError(error) });
      }
    }),
  );
}

/** Deletes executions of workspaces that keep them for a time only, and forgets deleted ones that count no more. */
export async function purgeExecutions({ db }: Ctx, now: Date): Promise<void> {
  await purge((limit) => queries.deleteExpired(db, now, limit), EXPIRED_AT_ONCE);
  // For a day at least, what has started one must not start it anew.
  const month = startOfMonth(new Date(now.getTime() - DAY));
  await purge((limit) => queries.deleteRemovedBefore(db, month, limit));
}
