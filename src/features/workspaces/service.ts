import { requireUser, requireWorkspace, type Actor } from '../../core/actor.ts';
import { notFound } from '../../core/errors.ts';
import { toPage, toPageRequest, type Page } from '../../core/pagination.ts';
import { DAY } from '../../core/time.ts';
import type { Ctx } from '../../context.ts';
import { usageThisMonth } from '../usage/index.ts';
import { countWorkspace, findWorkspacesOf, type WorkspaceListRow } from './queries.ts';
import type { ListWorkspacesQuery, Workspace, WorkspaceStats } from './schemas.ts';

const RECENT_MS = 7 * DAY;

/** The workspaces that the caller owns or is a member of; by a personal token, the one that it is for. */
export async function listWorkspaces(ctx: Ctx, query: ListWorkspacesQuery): Promise<Page<Workspace>> {
  const { id } = requireUser(ctx.actor);
  const rows = await findWorkspacesOf(ctx.db, id, workspaceOfToken(ctx.actor), toPageRequest(query));
  const { items, nextCursor } = toPage(rows, query.limit);
  return { items: items.map(present), nextCursor };
}

function workspaceOfToken(actor: Actor): string | null {
  return actor.kind === 'user' && actor.credential.kind === 'token' ? requireWorkspace(actor).id : null;
}

/** Figures of the workspace, counted now. */
export async function getWorkspaceStats(ctx: Ctx): Promise<WorkspaceStats> {
  const { id } = requireWorkspace(ctx.actor);
  const [[counts], sums] = await ctx.db.batch([
    countWorkspace(ctx.db, id, new Date(Date.now() - RECENT_MS)),
    usageThisMonth(ctx, id),
  ]);
  const [usage] = sums.rows;
  if (!counts || !usage) throw notFound('workspace');
  return {
    member_count: counts.memberCount,
    activity_count: counts.activityCount,
    recent_activity_count: counts.recentActivityCount,
    storage_limit_mb: narrower(counts.maxStorageMb, counts.planMaxStorageMb),
    created_at: counts.createdAt.toISOString(),
    last_activity: toIso(counts.lastActivityAt),
    usage_this_month: {
      calls: usage.calls,
      failed_calls: usage.failed_calls,
      input_tokens: usage.input_tokens,
      output_tokens: usage.output_tokens,
      total_tokens: usage.input_tokens + usage.output_tokens,
      cost_usd: Number(usage.cost_usd),
      cost_usd_exact: usage.cost_usd,
    },
  };
}

/** A workspace may have narrower limits than its owner's plan, never wider ones; null is no limit. */
function narrower(own: number | null, plan: number | null): number | null {
  if (own === null || plan === null) return own ?? plan;
  return Math.min(own, plan);
}

const toIso = (time: string | null) => (time === null ? null : new Date(time).toISOString());

function present({ workspace, plan, ...row }: WorkspaceListRow): Workspace {
  return {
    id: workspace.id,
    name: workspace.name,
    slug: workspace.slug,
    type: workspace.type,
    description: workspace.description,
    avatar_url: workspace.avatarUrl,
    color: workspace.color,
    owner_id: workspace.ownerId,
    owner_name: row.ownerName,
    role: row.role,
    plan_id: plan.id,
    plan_name: plan.name,
    plan_type: plan.slug,
    is_public: workspace.isPublic,
    is_template: workspace.isTemplate,
    allow_guest_access: workspace.allowGuestAccess,
    require_approval: workspace.requireApproval,
    max_members: narrower(workspace.maxMembers, plan.maxMembersPerWorkspace),
    max_projects: narrower(workspace.maxProjects, plan.maxProjectsPerWorkspace),
    max_storage_mb: narrower(workspace.maxStorageMb, plan.maxStorageMb),
    enable_real_time_editing: workspace.enableRealTimeEditing,
    enable_comments: workspace.enableComments,
    enable_chat: workspace.enableChat,
    enable_video_calls: workspace.enableVideoCalls,
    notification_settings: workspace.notificationSettings,
    member_count: row.memberCount,
    activity_count: row.activityCount,
    status: workspace.status,
    last_activity_at: toIso(row.lastActivityAt),
    created_at: workspace.createdAt.toISOString(),
    updated_at: workspace.updatedAt.toISOString(),
  };
}
