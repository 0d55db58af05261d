import { describeError, logEvent } from '../../../core/log.ts';
import type { Ctx } from '../../../context.ts';
import { executionRunner } from '../runner/runner-stub.ts';

/** What the runner of a workspace is to know: executions that end before others begin, all of them in the database. */
export type Tidings = { workspaceId: string; cancelled: string[]; begun: string[] };

/** Runners that are told at the same time: each asks the database for what it is to run. */
const AT_ONCE = 8;

/** Executions that a runner takes on at once, since it loads the definition of each. */
const PORTION = 100;

/**
 * Tells runners of what was recorded, and which workspaces have heard all of it. What one did not hear is not lost: the
 * sweep finds what is to begin.
 */
export async function tellRunners(ctx: Ctx, all: Tidings[], reason: string): Promise<Set<string>> {
  const told = new Set<string>();
  const queue = all.values();
  const work = async () => {
    for (const tidings of queue) {
      const { workspaceId } = tidings;
      try {
        await tellRunner(ctx, tidings, reason);
        told.add(workspaceId);
      } catch (error) {
        logEvent('warn', 'execution_runner_away', { workspace_id: workspaceId, error: describeError(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return told;
}

async function tellRunner(ctx: Ctx, { workspaceId, cancelled, begun }: Tidings, reason: string): Promise<void> {
  const runner = executionRunner(ctx.env, workspaceId);
  for (const id of cancelled) await runner.control(id, 'cancel', reason);
  for (let at = 0; at < begun.length; at += PORTION) await runner.wake(begun.slice(at, at + PORTION));
}
