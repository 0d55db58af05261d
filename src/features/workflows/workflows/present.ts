import type { Ctx } from '../../../context.ts';
import { withoutSecrets } from '../definition/without-secrets.ts';
import { isForeign } from '../guards.ts';
import type { WorkflowRow } from './queries.ts';
import type { Workflow } from './schemas.ts';

/** A workflow as its workspace's members see it; others see none of the secrets that somebody may have written into it. */
export function presentWorkflow(ctx: Ctx, row: WorkflowRow): Workflow {
  return {
    id: row.id,
    user_id: row.createdBy,
    workspace_id: row.workspaceId,
    name: row.name,
    description: row.description,
    category: row.category,
    tags: row.tags,
    is_public: row.isPublic,
    status: row.status,
    definition: isForeign(ctx, row) ? withoutSecrets(row.definition) : row.definition,
    version: String(row.version),
    version_number: row.version,
    published_version: row.publishedVersion,
    publish_requires_replay: row.publishRequiresReplay,
    updated_by: row.updatedBy,
    thumbnail_url: row.thumbnailUrl,
    max_concurrent_executions: row.maxConcurrentExecutions,
    downloads_count: row.downloadsCount,
    rating_average: averageOf(row),
    rating_count: row.ratingCount,
    execution_count: row.executionCount,
    last_executed_at: row.lastExecutedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

/** To two places; nobody tells 4.333 from 4.33. */
export const averageOf = ({ ratingCount, ratingTotal }: Pick<WorkflowRow, 'ratingCount' | 'ratingTotal'>): number =>
  ratingCount === 0 ? 0 : Math.round((ratingTotal / ratingCount) * 100) / 100;
