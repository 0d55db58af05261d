import { requireWorkspace } from '../../../core/actor.ts';
import { AppError, notFound } from '../../../core/errors.ts';
import type { Shadow } from '../../../core/llm-route.ts';
import type { Ctx } from '../../../context.ts';
import type { Passed } from '../calls/call-spec.ts';
import type { Catalog } from '../catalog/tiers.ts';
import type { ChatBody, Plan } from '../service/plan-call.ts';
import { noRoute, readConditions, weighRoute } from './decision.ts';
import { findRouteByName, type RouteRow } from './queries.ts';

/**
 * Whom a route of the workspace calls for a request.
 * @throws {AppError} `not_found`, `no_route`, or `circuit_open` where nothing else speaks against its models
 */
export async function planRoute(ctx: Ctx, catalog: Catalog, body: ChatBody, name: string): Promise<Plan> {
  const [route, conditions] = await Promise.all([
    findRouteByName(ctx.db, requireWorkspace(ctx.actor).id, name),
    readConditions(ctx),
  ]);
  if (!route) throw notFound('route');
  const { draft, targets, excluded } = await weighRoute(ctx, catalog, body, route, conditions);
  const [first, ...others] = targets;
  if (!first) throw refusal(name, excluded);
  return {
    targets: [first, ...others],
    excluded,
    deadlines: { ...route.deadlines, ...body.deadlines },
    decided: {
      route: { id: route.id, name, strategy: route.strategy, decisionId: draft.id },
      version: route.version,
      draft,
      shadow: drawShadow(route),
    },
    cacheSeconds: body.cache?.ttl_seconds ?? route.cacheSeconds,
  };
}

function refusal(name: string, excluded: Passed[]): AppError {
  const open = excluded.find(({ reason }) => reason === 'circuit_open');
  if (!open || excluded.some(({ reason }) => reason !== 'circuit_open')) return noRoute(name, excluded);
  return new AppError('circuit_open', { params: { provider: open.provider, model: open.model } });
}

/** The second model, where the route has one and chance takes this request for it. */
const drawShadow = ({ shadow }: RouteRow): Shadow | null =>
  shadow && Math.random() * 100 < shadow.percent ? shadow : null;
