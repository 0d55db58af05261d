import { describeError, logEvent } from '../../core/log.ts';
import type { Ctx } from '../../context.ts';
import type { ExecutionStatus } from '../../db/schema/index.ts';
import { isEnded } from './events.ts';
import { executionRunner } from './runner/runner-stub.ts';
import type { LiveExecution, QueueState } from './runner/types.ts';

/** What a runner knows of executions that the database does not know yet, by their ids. */
export type LiveStates = Map<string, LiveExecution>;

type Recorded = { id: string; status: ExecutionStatus; nextCheckAt: Date | null };

/** Whether a runner may know more of it than the database. One that is to wait for its start has none. */
export const mayBeLive = ({ status, nextCheckAt }: Recorded): boolean => !isEnded(status) && nextCheckAt !== null;

/** How an execution stands with its runner; null where the database knows all of it, or the runner is away. */
export async function findLive(ctx: Ctx, workspaceId: string, row: Recorded): Promise<LiveExecution | null> {
  if (!mayBeLive(row)) return null;
  return executionRunner(ctx.env, workspaceId).describe(row.id).catch(noteAway);
}

/** The same for many, by one question. */
export async function findLiveStates(ctx: Ctx, workspaceId: string, rows: Recorded[]): Promise<LiveStates> {
  return rows.some(mayBeLive) ? toStates(await findQueue(ctx, workspaceId)) : new Map();
}

/** Everything that the runner of a workspace has; nothing where it is away. */
export async function findQueue(ctx: Ctx, workspaceId: string): Promise<QueueState | null> {
  return executionRunner(ctx.env, workspaceId).describeAll().catch(noteAway);
}

export function toStates(queue: QueueState | null): LiveStates {
  const all = queue ? [...queue.running, ...queue.waiting, ...queue.ended] : [];
  return new Map(all.map((live) => [live.executionId, live]));
}

/** What the database has is shown then: it is older, and not wrong. */
function noteAway(error: unknown): null {
  logEvent('warn', 'execution_runner_away', { error: describeError(error) });
  return null;
}
