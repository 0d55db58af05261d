import type { Ctx } from '../../../context.ts';
import { executionRunner } from '../runner/runner-stub.ts';

/** Ends what a runner still does for executions that were deleted with their workflow; nothing is written of them. */
export async function dropExecutions(
  { env }: Ctx,
  { workspaceId, executionIds }: { workspaceId: string; executionIds: string[] },
): Promise<void> {
  const runner = executionRunner(env, workspaceId);
  for (const id of executionIds) await runner.forget(id);
}
