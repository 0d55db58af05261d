import { requireUser, requireWorkspace } from '../../../core/actor.ts';
import { AppError, notFound } from '../../../core/errors.ts';
import { decideRoute, isSameDecision } from '../../../core/llm-route.ts';
import { toPage, toPageRequest, type Page } from '../../../core/pagination.ts';
import { allows } from '../../../core/permissions.ts';
import { DAY } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { batchClaimed } from '../../../db/claims.ts';
import { violatesUnique } from '../../../db/errors.ts';
import { purge } from '../../../db/purge.ts';
import { refuseUnless } from '../../../db/refusals.ts';
import { auditChange } from '../../audit/index.ts';
import { holdPermission } from '../../workspaces/index.ts';
import { loadCatalog } from '../catalog/tiers.ts';
import { readConditions, weighRoute, type RouteRules } from './decision.ts';
import { presentDecision, presentRoute } from './present.ts';
import * as queries from './queries.ts';
import { COMPARISON_DAYS } from './schemas.ts';
import type { Comparison, Decision, DryRun, ListRoutesQuery, Route, RouteCreate, RouteUpdate } from './schemas.ts';

const ROUTES_LIMIT = 100;

const RESOURCE = 'route';

export async function listRoutes(ctx: Ctx, query: ListRoutesQuery): Promise<Page<Route>> {
  const rows = await queries.findRoutes(ctx.db, requireWorkspace(ctx.actor).id, toPageRequest(query));
  const { items, nextCursor } = toPage(rows, query.limit);
  return { items: items.map(presentRoute), nextCursor };
}

/** The route, or null where there is none any more. */
export async function findRoute(ctx: Ctx, id: string): Promise<Route | null> {
  const row = await queries.findRoute(ctx.db, requireWorkspace(ctx.actor).id, id);
  return row ? presentRoute(row) : null;
}

/** @throws {AppError} `not_found` */
export async function getRoute(ctx: Ctx, id: string): Promise<Route> {
  const route = await findRoute(ctx, id);
  if (!route) throw notFound(RESOURCE);
  return route;
}

/** @throws {AppError} `already_exists`, `limit_reached` */
export async function createRoute(ctx: Ctx, input: RouteCreate): Promise<Route> {
  const { db } = ctx;
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const id = crypto.randomUUID();
  const row = { ...toColumns(input), id, workspaceId, createdBy: requireUser(ctx.actor).id };
  await unlessTaken(
    input.name,
    batchClaimed(ctx, id, [
      ...holdPermission(ctx, { workspaceId }, 'routes:write'),
      refuseUnless(db, queries.hasFewerThan(workspaceId, ROUTES_LIMIT), 'limit_reached', {
        resource: 'routes',
        limit: ROUTES_LIMIT,
      }),
      queries.insertRoute(db, { ...row, name: input.name, strategy: input.strategy, targets: input.targets }),
      auditChange(ctx, { workspaceId, action: 'llm_route.created', resourceId: id, details: { name: input.name } }),
    ]),
  );
  return getRoute(ctx, id);
}

/** @throws {AppError} `not_found`, `already_exists`, `precondition_failed` */
export async function updateRoute(ctx: Ctx, id: string, input: RouteUpdate, versions: number[] | null): Promise<Route> {
  const { db } = ctx;
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const details = { fields: Object.keys(input) };
  await unlessTaken(
    input.name ?? '',
    db.batch([
      ...holdPermission(ctx, { workspaceId }, 'routes:write'),
      refuseUnless(db, queries.isRoute(workspaceId, id), 'not_found', { resource: RESOURCE }),
      ...(versions ? [refuseUnless(db, queries.isVersion(workspaceId, id, versions), 'precondition_failed')] : []),
      queries.updateRoute(db, workspaceId, id, toColumns(input)),
      auditChange(ctx, { workspaceId, action: 'llm_route.updated', resourceId: id, details }),
    ]),
  );
  return getRoute(ctx, id);
}

/** @throws {AppError} `not_found` */
export async function deleteRoute(ctx: Ctx, id: string): Promise<void> {
  const { db } = ctx;
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  await db.batch([
    ...holdPermission(ctx, { workspaceId }, 'routes:write'),
    refuseUnless(db, queries.isRoute(workspaceId, id), 'not_found', { resource: RESOURCE }),
    queries.deleteRoute(db, workspaceId, id),
    auditChange(ctx, { workspaceId, action: 'llm_route.deleted', resourceId: id }),
  ]);
}

/**
 * What would be called for a request, at which price, and why others would not. Nobody is asked; the decision is kept.
 * @throws {AppError} `not_found`
 */
export async function tryRoute(ctx: Ctx, input: DryRun): Promise<Decision> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const [catalog, conditions, rules] = await Promise.all([
    loadCatalog(ctx),
    readConditions(ctx),
    rulesOf(ctx, workspaceId, input),
  ]);
  const { draft } = await weighRoute(ctx, catalog, input.request, rules, conditions);
  const row = {
    ...draft,
    workspaceId,
    createdBy: requireUser(ctx.actor).id,
    callId: null,
    createdAt: new Date(),
  };
  await queries.insertDecision(ctx.db, row);
  return presentDecision(row);
}

async function rulesOf(ctx: Ctx, workspaceId: string, { route, strategy, targets }: DryRun): Promise<RouteRules> {
  if (route === undefined) return { id: null, strategy: strategy!, targets: targets! };
  const row = await queries.findRouteByName(ctx.db, workspaceId, route);
  if (!row) throw notFound(RESOURCE);
  return row;
}

/** @throws {AppError} `not_found` */
export async function getDecision(ctx: Ctx, id: string): Promise<Decision> {
  return presentDecision(await requireDecision(ctx, id));
}

/**
 * Decides again by the facts of then. Whoever doubts a decision sees that it follows from them.
 * @throws {AppError} `not_found`
 */
export async function replayDecision(ctx: Ctx, id: string): Promise<{ identical: boolean; decision: Decision }> {
  const row = await requireDecision(ctx, id);
  const decision = decideRoute(row.facts);
  return { identical: isSameDecision(decision, row.decision), decision: presentDecision({ ...row, decision }) };
}

async function requireDecision(ctx: Ctx, id: string): Promise<queries.DecisionRow> {
  const workspace = requireWorkspace(ctx.actor);
  const userId = allows(workspace, 'usage:read_all') ? null : requireUser(ctx.actor).id;
  const row = await queries.findDecision(ctx.db, workspace.id, userId, id);
  if (!row) throw notFound('decision');
  return row;
}

/** @throws {AppError} `not_found` */
export async function compareRoute(ctx: Ctx, id: string, days: number): Promise<Comparison> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const since = new Date(Date.now() - days * DAY);
  const [route, summary, sides] = await Promise.all([
    queries.findRoute(ctx.db, workspaceId, id),
    queries.summarizeSimilarity(ctx.db, workspaceId, id, since),
    queries.sumComparisons(ctx.db, workspaceId, id, since),
  ]);
  if (!route) throw notFound(RESOURCE);
  return { route_id: id, since: since.toISOString(), ...summary, sides };
}

/** As long as one may want to know why. */
const KEEP_DECISIONS_MS = 30 * DAY;

/** As far back as a report goes. */
const KEEP_COMPARISONS_MS = COMPARISON_DAYS * DAY;

/** Deletes decisions and comparisons that nobody can ask for any more. */
export async function purgeDecisions({ db }: Ctx, now: Date): Promise<void> {
  const before = (keepMs: number) => new Date(now.getTime() - keepMs);
  await purge((limit) => queries.deleteDecisionsBefore(db, before(KEEP_DECISIONS_MS), limit));
  await purge((limit) => queries.deleteComparisonsBefore(db, before(KEEP_COMPARISONS_MS), limit));
}

const toColumns = (input: RouteUpdate) => ({
  name: input.name,
  strategy: input.strategy,
  targets: input.targets,
  deadlines: input.deadlines,
  cacheSeconds: input.cache_seconds,
  shadow: input.shadow,
  isActive: input.is_active,
});

async function unlessTaken<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!violatesUnique(error, 'llm_routes_name_key')) throw error;
    throw new AppError('already_exists', { params: { resource: RESOURCE, name } });
  }
}
