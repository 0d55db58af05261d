import type { DecisionRow, RouteRow } from './queries.ts';
import type { Decision, Route } from './schemas.ts';

export const presentRoute = (row: RouteRow): Route => ({
  id: row.id,
  workspace_id: row.workspaceId,
  name: row.name,
  strategy: row.strategy,
  targets: row.targets,
  deadlines: row.deadlines,
  cache_seconds: row.cacheSeconds,
  shadow: row.shadow,
  is_active: row.isActive,
  version: row.version,
  created_at: row.createdAt.toISOString(),
  updated_at: row.updatedAt.toISOString(),
});

export function presentDecision(row: DecisionRow): Decision {
  const { facts, decision } = row;
  return {
    id: row.id,
    route_id: row.routeId,
    call_id: row.callId,
    strategy: facts.strategy,
    draw: facts.draw,
    order: decision.order.map((place) => {
      const { provider, model, may_cost_usd, first_token_ms, error_rate, weight } = facts.candidates[place]!;
      return { provider, model, may_cost_usd, first_token_ms, error_rate, weight };
    }),
    excluded: decision.excluded.map(({ candidate, reason, detail }) => {
      const { provider, model } = facts.candidates[candidate]!;
      return { provider, model, reason, detail };
    }),
    created_at: row.createdAt.toISOString(),
  };
}
