import { requireUser, requireWorkspace } from '../../../core/actor.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import type { Ctx } from '../../../context.ts';
import { auditChange } from '../../audit/index.ts';
import { holdPermission } from '../../workspaces/index.ts';
import { executionRunner } from '../runner/runner-stub.ts';
import * as queries from './queries.ts';
import type { ExecutionSettings, ExecutionSettingsUpdate } from './schemas.ts';

export async function getSettings(ctx: Ctx): Promise<ExecutionSettings> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const row = await queries.findSettings(ctx.db, workspaceId);
  const most = row?.maxConcurrentExecutions ?? null;
  return {
    workspace_id: workspaceId,
    max_concurrent_executions: most,
    effective_max_concurrent_executions: most ?? ctx.env.EXECUTIONS_PER_WORKSPACE,
    is_paused: row?.isPaused ?? false,
    retention_days: row?.retentionDays ?? null,
    updated_by: row?.updatedBy ?? null,
    updated_at: row?.updatedAt.toISOString() ?? null,
  };
}

/** Holds from then on for what has not begun; its runner is told, and learns it at the next admission otherwise. */
export async function updateSettings(ctx: Ctx, input: ExecutionSettingsUpdate): Promise<ExecutionSettings> {
  const { db, env } = ctx;
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const {
    max_concurrent_executions: maxConcurrentExecutions,
    is_paused: isPaused,
    retention_days: retentionDays,
  } = input;
  await db.batch([
    ...holdPermission(ctx, { workspaceId }, 'executions:configure'),
    queries.saveSettings(db, {
      workspaceId,
      maxConcurrentExecutions,
      isPaused,
      retentionDays,
      updatedBy: requireUser(ctx.actor).id,
    }),
    auditChange(ctx, {
      workspaceId,
      action: 'execution_settings.updated',
      resourceId: workspaceId,
      details: { ...input },
    }),
  ]);
  await executionRunner(env, workspaceId)
    .settingsChanged()
    .catch((error: unknown) => logEvent('warn', 'execution_runner_away', { error: describeError(error) }));
  return getSettings(ctx);
}
