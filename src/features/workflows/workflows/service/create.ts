import { requireUser, requireWorkspace } from '../../../../core/actor.ts';
import { DEFINITION_BYTES_LIMIT } from '../../../../core/workflow-definition.ts';
import type { Text } from '../../../../core/locale.ts';
import type { Ctx } from '../../../../context.ts';
import { batchClaimed } from '../../../../db/claims.ts';
import { refuseUnless } from '../../../../db/refusals.ts';
import type { WorkflowDefinition } from '../../../../db/schema/index.ts';
import { recordActivity } from '../../../activities/index.ts';
import { auditChange } from '../../../audit/index.ts';
import { holdPermission } from '../../../workspaces/index.ts';
import { withoutSecrets } from '../../definition/without-secrets.ts';
import type { WorkflowPlace } from '../../guard-queries.ts';
import { isForeign, placeOf } from '../../guards.ts';
import { presentWorkflow } from '../present.ts';
import * as queries from '../queries.ts';
import type { Workflow, WorkflowCreate } from '../schemas.ts';
import { requireWorkflow } from './read.ts';

const EMPTY: WorkflowDefinition = { nodes: [], connections: [] };

/** @throws {AppError} `limit_reached` (storage) or `payload_too_large` */
export function createWorkflow(ctx: Ctx, input: WorkflowCreate): Promise<Workflow> {
  return insert(ctx, {
    name: input.name,
    description: input.description || null,
    category: input.category || null,
    tags: [...new Set(input.tags)],
    isPublic: input.is_public,
    status: input.status,
    thumbnailUrl: input.thumbnail_url ?? null,
    maxConcurrentExecutions: input.max_concurrent_executions ?? null,
    publishRequiresReplay: input.publish_requires_replay ?? false,
    definition: input.definition ?? EMPTY,
  });
}

const COPY: Text = { en: ' (Copy)', pt: ' (Cópia)' };

/** What a name may be at most. */
const NAME_LIMIT = 255;

/**
 * Copies a workflow, one's own or a public one of others, into the request's workspace: as a draft that is nobody else's.
 * @throws {AppError} `not_found`, `limit_reached` (storage)
 */
export async function duplicateWorkflow(ctx: Ctx, workflowId: string): Promise<Workflow> {
  const source = await requireWorkflow(ctx, workflowId);
  const { description, category, tags, thumbnailUrl, maxConcurrentExecutions } = source;
  const suffix = COPY[ctx.locale];
  const isOthers = isForeign(ctx, source);
  const copy = {
    name: source.name.slice(0, NAME_LIMIT - suffix.length) + suffix,
    description,
    category,
    tags,
    thumbnailUrl,
    maxConcurrentExecutions,
    isPublic: false,
    status: 'draft' as const,
    definition: isOthers ? withoutSecrets(source.definition) : source.definition,
  };
  return insert(ctx, copy, isOthers ? [queries.countDownload(ctx.db, source.id)] : []);
}

type Content = Omit<queries.NewWorkflow, 'id' | 'workspaceId' | 'createdBy'> & { name: string };

/** Makes a workflow in the request's workspace, together with what else is to happen. */
export async function insert(ctx: Ctx, content: Content, others: Parameters<typeof batchClaimed>[2][number][] = []) {
  const { db } = ctx;
  const workspaceId = requireWorkspace(ctx.actor).id;
  const place = placeOf(ctx, crypto.randomUUID());
  const { workflowId: id } = place;
  const { name } = content;
  const activity = recordActivity(ctx, { workspaceId, action: 'workflow_created', resourceId: id, metadata: { name } });
  const results = await batchClaimed(ctx, id, [
    ...holdPermission(ctx, { workspaceId }, 'workflows:write'),
    queries.insertWorkflow(db, { id, workspaceId, createdBy: requireUser(ctx.actor).id, ...content }),
    holdLength(ctx, place),
    ...others,
    activity.statement,
    queries.findWorkflow(db, place),
    ...(content.isPublic ? [auditShared(ctx, place, true)] : []),
  ]);
  activity.announce();
  const [created] = results.at(content.isPublic ? -2 : -1) as queries.WorkflowRow[];
  return presentWorkflow(ctx, created!);
}

/** The statement that notes for good whether everybody may read and run a workflow. */
export const auditShared = (ctx: Ctx, { workspaceId, workflowId }: WorkflowPlace, isPublic: boolean) =>
  auditChange(ctx, {
    workspaceId,
    resourceId: workflowId,
    action: 'workflow.shared',
    details: { is_public: isPublic },
  });

/**
 * Lets a batch go on with a definition that is no longer than may be: only the database knows how long the text is that
 * it keeps.
 * @throws {AppError} `payload_too_large` out of it
 */
export const holdLength = ({ db }: Ctx, place: WorkflowPlace) =>
  refuseUnless(db, queries.isWithin(place, DEFINITION_BYTES_LIMIT), 'payload_too_large', {
    limit: DEFINITION_BYTES_LIMIT,
  });

/** What a repeated request to make a workflow is shown: the workflow as it is now. */
export async function showCreated(ctx: Ctx, workflowId: string): Promise<Workflow | null> {
  const [row] = await queries.findWorkflow(ctx.db, placeOf(ctx, workflowId));
  return row ? presentWorkflow(ctx, row) : null;
}
