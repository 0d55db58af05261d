import { describeError, logEvent } from '../../../core/log.ts';
import type { Ctx } from '../../../context.ts';
import { judgeReplays } from '../replay/judge.ts';
import { executionRunner } from '../runner/runner-stub.ts';
import { clearRemoved } from './drop.ts';
import { findOverdue } from './queries.ts';

const SWEEP_LIMIT = 1_000;

/** Asks runners for executions that should have been heard of by now: they never came there, or nothing came of them. */
export async function sweepExecutions(ctx: Ctx, now: Date): Promise<void> {
  const overdue = await findOverdue(ctx.db, now, SWEEP_LIMIT);
  const byWorkspace = Map.groupBy(overdue, (row) => row.workspace_id);
  await Promise.all(
    [...byWorkspace].map(async ([workspaceId, rows]) => {
      try {
        await executionRunner(ctx.env, workspaceId).wake(rows.map(({ id }) => id));
      } catch (error) {
        logEvent('warn', 'execution_runner_away', { workspace_id: workspaceId, error: describeError(error) });
      }
    }),
  );
  await clearRemoved(ctx, now);
  await judgeReplays(ctx);
}
