import { requireUser, requireWorkspace } from '../../../core/actor.ts';
import type { Ctx } from '../../../context.ts';
import { auditChange } from '../../audit/index.ts';
import { holdPermission } from '../../workspaces/index.ts';
import * as queries from './queries.ts';
import type { LlmSettings, LlmSettingsUpdate } from './schemas.ts';

export async function getSettings(ctx: Ctx): Promise<LlmSettings> {
  const { id } = requireWorkspace(ctx.actor);
  return present(id, await queries.findSettings(ctx.db, id));
}

/** What was kept for longer than is wanted now goes with the next hour, and is not shown any more. */
export async function updateSettings(ctx: Ctx, input: LlmSettingsUpdate): Promise<LlmSettings> {
  const { db } = ctx;
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const { keep_content_days: keepContentDays } = input;
  await db.batch([
    ...holdPermission(ctx, { workspaceId }, 'llm:configure'),
    queries.saveSettings(db, { workspaceId, keepContentDays, updatedBy: requireUser(ctx.actor).id }),
    queries.shortenContents(db, workspaceId, keepContentDays),
    auditChange(ctx, {
      workspaceId,
      action: 'llm_settings.updated',
      resourceId: workspaceId,
      details: { keep_content_days: keepContentDays },
    }),
  ]);
  return getSettings(ctx);
}

const present = (workspaceId: string, row: queries.SettingsRow | undefined): LlmSettings => ({
  workspace_id: workspaceId,
  keep_content_days: row?.keepContentDays ?? 0,
  updated_by: row?.updatedBy ?? null,
  updated_at: row?.updatedAt.toISOString() ?? null,
});
