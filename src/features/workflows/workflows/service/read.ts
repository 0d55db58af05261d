import { requireWorkspace } from '../../../../core/actor.ts';
import { notFound } from '../../../../core/errors.ts';
import { decodeCursor, encodeCursor } from '../../../../core/pagination.ts';
import type { Ctx } from '../../../../context.ts';
import { placeOf } from '../../guards.ts';
import * as lists from '../list-queries.ts';
import { presentWorkflow } from '../present.ts';
import { findWorkflow, type WorkflowRow } from '../queries.ts';
import type { ListWorkflowsQuery, Workflow, WorkflowPage } from '../schemas.ts';

/** Definitions are long: a page ends where it would hold more of them, and the next one goes on there. */
const PAGE_BYTES = 8 * 1024 * 1024;

/** The workflows of the workspace, or the public ones of all, newest first. */
export async function listWorkflows(ctx: Ctx, query: ListWorkflowsQuery): Promise<WorkflowPage> {
  const { page, limit = query.size, cursor, category, search, tags = [], status } = query;
  const { id: readerId } = requireWorkspace(ctx.actor);
  const filter = { readerId, workspaceId: scopeOf(ctx, query), category: category || undefined, tags, status };
  const after = cursor === undefined ? null : decodeCursor(cursor);
  const { rows, total } = await lists.findWorkflows(
    ctx.db,
    { ...filter, search: search?.trim() || undefined },
    { limit, offset: (page - 1) * limit, after, bytes: PAGE_BYTES },
  );
  const last = rows.at(-1);
  return {
    items: rows.map((row) => presentWorkflow(ctx, row)),
    total,
    page,
    size: limit,
    pages: Math.ceil(total / limit),
    next_cursor: last && last.available > rows.length ? encodeCursor(last) : null,
  };
}

/** As older clients mean it: only yes says anything. */
const scopeOf = (ctx: Ctx, { is_public: isPublic }: { is_public?: boolean | undefined }): string | null =>
  isPublic ? null : requireWorkspace(ctx.actor).id;

/** Nobody chooses among more. */
const WORDS_LIMIT = 500;

export const listTags = (ctx: Ctx, query: { is_public?: boolean | undefined }) =>
  lists.findTags(ctx.db, scopeOf(ctx, query), WORDS_LIMIT);

export const listCategories = (ctx: Ctx, query: { is_public?: boolean | undefined }) =>
  lists.findCategories(ctx.db, scopeOf(ctx, query), WORDS_LIMIT);

/** @throws {AppError} `not_found` */
export async function getWorkflow(ctx: Ctx, workflowId: string): Promise<Workflow> {
  return presentWorkflow(ctx, await requireWorkflow(ctx, workflowId));
}

/** A workflow of the request's workspace, or a public one of others. @throws {AppError} `not_found` */
export async function requireWorkflow(ctx: Ctx, workflowId: string): Promise<WorkflowRow> {
  const [row] = await findWorkflow(ctx.db, placeOf(ctx, workflowId));
  if (!row) throw notFound('workflow');
  return row;
}
