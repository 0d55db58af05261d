import { describeError, logEvent } from '../../../core/log.ts';
import type { Ctx } from '../../../context.ts';
import { compareExecutions } from '../diff/compare.ts';
import { findUnjudged, writeVerdict } from './queries.ts';

const JUDGED_AT_ONCE = 50;

/**
 * Compares replays that have ended with what they repeat, and writes down whether they are the same: those that are named,
 * else all for which nobody has done it. To do it again changes nothing.
 */
export async function judgeReplays(ctx: Ctx, ids: string[] | null = null): Promise<void> {
  for (const replay of await findUnjudged(ctx.db, ids, JUDGED_AT_ONCE)) {
    const { execution_id: after, workspace_id: workspaceId, source_execution_id: before } = replay;
    try {
      const { is_equal: isEqual, differences } = await compareExecutions(ctx, { workspaceId, before, after });
      await writeVerdict(ctx.db, workspaceId, after, { isEqual, differences });
    } catch (error) {
      logEvent('warn', 'replay_not_judged', { execution_id: after, error: describeError(error) });
    }
  }
}
