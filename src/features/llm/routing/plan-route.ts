import { requireWorkspace } from '../../../core/actor.ts';
import { AppError, notFound } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import { listOwnKeyProviders } from '../../user-variables/index.ts';
import type { Passed } from '../call-spec.ts';
import type { Catalog } from '../catalog/tiers.ts';
import { planTarget, toExclusion, type ChatBody, type Plan, type PlannedTarget } from '../service/plan-call.ts';
import { noRoute, weighRoute } from './decision.ts';
import { findRouteByName, type RouteRow } from './queries.ts';

/**
 * Whom a route of the workspace calls for a request.
 * @throws {AppError} `not_found`, `no_route`, or `circuit_open` where nothing else speaks against its models
 */
export async function planRoute(ctx: Ctx, catalog: Catalog, body: ChatBody, name: string): Promise<Plan> {
  const [route, ownKeys] = await Promise.all([
    findRouteByName(ctx.db, requireWorkspace(ctx.actor).id, name),
    listOwnKeyProviders(ctx),
  ]);
  if (!route) throw notFound('route');
  const { draft, targets, excluded } = await weighRoute(ctx, catalog, body, route, ownKeys);
  const [first, ...others] = targets;
  if (!first) throw refusal(name, excluded);
  return {
    targets: [first, ...others],
    excluded,
    deadlines: { ...route.deadlines, ...body.deadlines },
    decided: {
      route: { id: route.id, name, strategy: route.strategy, decisionId: draft.id },
      draft,
      shadow: await drawShadow(ctx, catalog, body, route),
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
async function drawShadow(
  ctx: Ctx,
  catalog: Catalog,
  body: ChatBody,
  { shadow }: RouteRow,
): Promise<PlannedTarget | null> {
  if (!shadow || Math.random() * 100 >= shadow.percent) return null;
  try {
    return await planTarget(ctx, catalog, body, shadow);
  } catch (error) {
    // What the second model cannot do is not compared.
    toExclusion(error);
    return null;
  }
}
