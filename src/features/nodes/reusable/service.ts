import { requireUser, requireWorkspace } from '../../../core/actor.ts';
import { AppError, notFound } from '../../../core/errors.ts';
import { decodeCursor, toPage } from '../../../core/pagination.ts';
import type { Permission } from '../../../core/permissions.ts';
import type { Ctx } from '../../../context.ts';
import { batchClaimed } from '../../../db/claims.ts';
import { refuseUnless } from '../../../db/refusals.ts';
import { NODE_KINDS } from '../../../db/schema/index.ts';
import { auditChange } from '../../audit/index.ts';
import { holdPermission } from '../../workspaces/index.ts';
import { averageOf, presentNode } from './present.ts';
import * as queries from './queries.ts';
import type { ListNodesQuery, Node, NodeCreate, NodePage, NodeRating, NodeUpdate } from './schemas.ts';

const NODES_LIMIT = 1_000;
const CATEGORIES_LIMIT = 500;

const RESOURCE = 'node';

/** A node as the caller has it: its version is what `If-Match` means. */
export type Versioned = { node: Node; version: number };

/** The nodes of the workspace, or the public ones of all, newest first. */
export async function listNodes(ctx: Ctx, query: ListNodesQuery): Promise<NodePage> {
  const { page, limit = query.size, cursor, type, category, search } = query;
  const filter = {
    // As older clients mean it: only yes says anything.
    workspaceId: query.is_public ? null : requireWorkspace(ctx.actor).id,
    type,
    category: category || undefined,
    search: search?.trim() || undefined,
  };
  const after = cursor === undefined ? null : decodeCursor(cursor);
  const { rows, total } = await queries.findNodes(ctx.db, filter, { limit, offset: (page - 1) * limit, after });
  const { items, nextCursor } = toPage(rows, limit);
  const pages = Math.ceil(total / limit);
  return { items: items.map(presentNode), total, page, size: limit, pages, next_cursor: nextCursor };
}

export const listCategories = (ctx: Ctx): Promise<string[]> => queries.findCategories(ctx.db, CATEGORIES_LIMIT);

export const listKinds = (): string[] => [...NODE_KINDS].toSorted();

const placeOf = (ctx: Ctx, nodeId: string): queries.NodePlace => ({
  workspaceId: requireWorkspace(ctx.actor).id,
  nodeId: nodeId.toLowerCase(),
});

/** A node of the request's workspace, or a public one of others; null where there is none. */
export async function findNode(ctx: Ctx, nodeId: string): Promise<Versioned | null> {
  const [row] = await queries.findNode(ctx.db, placeOf(ctx, nodeId));
  return row ? toVersioned(row) : null;
}

/** @throws {AppError} `not_found` */
export async function getNode(ctx: Ctx, nodeId: string): Promise<Versioned> {
  return toVersioned(await requireNode(ctx, nodeId));
}

const toVersioned = (row: queries.NodeRow): Versioned => ({ node: presentNode(row), version: row.version });

async function requireNode(ctx: Ctx, nodeId: string): Promise<queries.NodeRow> {
  const [row] = await queries.findNode(ctx.db, placeOf(ctx, nodeId));
  if (!row) throw notFound(RESOURCE);
  return row;
}

/** @throws {AppError} `limit_reached` */
export async function createNode(ctx: Ctx, input: NodeCreate): Promise<Versioned> {
  const { db } = ctx;
  const place = placeOf(ctx, crypto.randomUUID());
  const { workspaceId, nodeId: id } = place;
  const results = await batchClaimed(ctx, id, [
    ...holdPermission(ctx, { workspaceId }, 'nodes:write'),
    refuseUnless(db, queries.hasFewerThan(workspaceId, NODES_LIMIT), 'limit_reached', {
      resource: 'nodes',
      limit: NODES_LIMIT,
    }),
    queries.insertNode(db, {
      id,
      workspaceId,
      createdBy: requireUser(ctx.actor).id,
      name: input.name,
      description: input.description || null,
      type: input.type,
      category: input.category || null,
      isPublic: input.is_public,
      status: input.status,
      icon: input.icon,
      color: input.color,
      codeTemplate: input.code_template,
      inputSchema: input.input_schema,
      outputSchema: input.output_schema,
      parametersSchema: input.parameters_schema ?? null,
      documentation: input.documentation || null,
      examples: input.examples,
    }),
    queries.findNode(db, place),
  ]);
  const [created] = results.at(-1) as queries.NodeRow[];
  return toVersioned(created!);
}

/** Others see what is public, and change nothing of it. @throws {AppError} `forbidden` */
function requireOwn(ctx: Ctx, row: queries.NodeRow, permission: Permission): void {
  if (row.workspaceId !== requireWorkspace(ctx.actor).id) throw new AppError('forbidden', { params: { permission } });
}

/**
 * Changes what is given, if the node is one of these versions; null stands for any.
 * @throws {AppError} `not_found`, `forbidden` (a public one of others), `precondition_failed`
 */
export async function updateNode(
  ctx: Ctx,
  nodeId: string,
  input: NodeUpdate,
  versions: number[] | null,
): Promise<Versioned> {
  const { db } = ctx;
  const present = await requireNode(ctx, nodeId);
  requireOwn(ctx, present, 'nodes:write');
  const place = placeOf(ctx, nodeId);
  const changes = changesOf(present, input);
  if (Object.keys(changes).length === 0) {
    if (versions !== null && !versions.includes(present.version)) throw new AppError('precondition_failed');
    return toVersioned(present);
  }
  const about = { workspaceId: place.workspaceId, resourceId: place.nodeId };
  const isShared = changes.isPublic !== undefined;
  const results = await db.batch([
    ...hold(ctx, place),
    refuseUnless(db, queries.isOfVersion(place, versions), 'precondition_failed'),
    queries.updateNode(db, place, changes),
    queries.findNode(db, place),
    ...(isShared
      ? [auditChange(ctx, { ...about, action: 'node.shared', details: { is_public: changes.isPublic } })]
      : []),
  ]);
  const [changed] = results.at(isShared ? -2 : -1) as queries.NodeRow[];
  return toVersioned(changed!);
}

/** What is given and differs. */
function changesOf(present: queries.NodeRow, input: NodeUpdate): queries.NodeChanges {
  const emptied = (value: string | null | undefined) => (value === '' ? null : value);
  const given: Required<{ [C in keyof queries.NodeChanges]: unknown }> = {
    name: input.name ?? undefined,
    description: emptied(input.description),
    type: input.type ?? undefined,
    category: emptied(input.category),
    isPublic: input.is_public ?? undefined,
    status: input.status ?? undefined,
    icon: input.icon ?? undefined,
    color: input.color ?? undefined,
    codeTemplate: input.code_template ?? undefined,
    inputSchema: input.input_schema ?? undefined,
    outputSchema: input.output_schema ?? undefined,
    parametersSchema: input.parameters_schema,
    documentation: emptied(input.documentation),
    examples: input.examples ?? undefined,
  };
  const differing = Object.entries(given).filter(
    ([column, value]) =>
      value !== undefined && JSON.stringify(value) !== JSON.stringify(present[column as keyof queries.NodeChanges]),
  );
  return Object.fromEntries(differing);
}

/** What a batch begins with that changes a node. */
const hold = (ctx: Ctx, place: queries.NodePlace) =>
  [
    ...holdPermission(ctx, { workspaceId: place.workspaceId }, 'nodes:write'),
    refuseUnless(ctx.db, queries.isPresent(place), 'not_found', { resource: RESOURCE }),
  ] as const;

/** @throws {AppError} `not_found`, `forbidden` (a public one of others), `precondition_failed` */
export async function deleteNode(ctx: Ctx, nodeId: string, versions: number[] | null): Promise<void> {
  const { db } = ctx;
  requireOwn(ctx, await requireNode(ctx, nodeId), 'nodes:write');
  const place = placeOf(ctx, nodeId);
  await db.batch([
    ...hold(ctx, place),
    refuseUnless(db, queries.isOfVersion(place, versions), 'precondition_failed'),
    queries.deleteNode(db, place),
    auditChange(ctx, { workspaceId: place.workspaceId, resourceId: place.nodeId, action: 'node.deleted' }),
  ]);
}

/** Says what the caller thinks of a public node, once each. @throws {AppError} `not_found` */
export async function rateNode(ctx: Ctx, nodeId: string, rating: number): Promise<NodeRating> {
  const place = placeOf(ctx, nodeId);
  const [, [row]] = await ctx.db.batch([
    queries.upsertRating(ctx.db, place.nodeId, requireUser(ctx.actor).id, rating),
    queries.findNode(ctx.db, place),
  ]);
  // One's own that nobody else sees is not rated either.
  if (!row?.isPublic) throw notFound(RESOURCE);
  return {
    id: row.id,
    name: row.name,
    category: row.category,
    rating_average: averageOf(row),
    rating_count: row.ratingCount,
  };
}

/** Counts that the caller takes a public node. @throws {AppError} `not_found` */
export async function downloadNode(ctx: Ctx, nodeId: string): Promise<{ name: string; downloadsCount: number }> {
  const results = await batchClaimed(ctx, placeOf(ctx, nodeId).nodeId, [
    queries.countDownload(ctx.db, placeOf(ctx, nodeId).nodeId),
  ]);
  const [counted] = results.at(-1) as Awaited<ReturnType<typeof queries.countDownload>>;
  if (!counted) throw notFound(RESOURCE);
  return counted;
}

/** What a repeated download is shown: the count as it is now. */
export async function showDownload(ctx: Ctx, nodeId: string) {
  const [row] = await queries.findNode(ctx.db, placeOf(ctx, nodeId));
  return row ? { name: row.name, downloadsCount: row.downloadsCount } : null;
}
