import { accessTokenOf, requireUser, requireWorkspace } from '../../../core/actor.ts';
import { AppError } from '../../../core/errors.ts';
import {
  decideRoute,
  type Candidate,
  type Exclusion,
  type RouteDecision,
  type RouteFacts,
} from '../../../core/llm-route.ts';
import type { Ctx } from '../../../context.ts';
import { listOwnKeyProviders } from '../../user-variables/index.ts';
import { findBudgetsFor } from '../budgets/queries.ts';
import type { Passed } from '../calls/call-spec.ts';
import type { Health } from '../catalog/queries.ts';
import type { Catalog } from '../catalog/tiers.ts';
import { circuitOpenUntil, nameOf } from '../circuits/gate.ts';
import { findOpenCircuits } from '../circuits/queries.ts';
import { isConfigured } from '../service/choose-model.ts';
import { planTarget, toExclusion, type ChatBody, type PlannedTarget } from '../service/plan-call.ts';
import type { RouteRow } from './queries.ts';

/** A decision that is not kept yet. */
export type Draft = { id: string; routeId: string | null; facts: RouteFacts; decision: RouteDecision };

export type Weighed = { draft: Draft; targets: PlannedTarget[]; excluded: Passed[] };

/** What of a route decides; a draft of one may be tried before it is saved. */
export type RouteRules = Pick<RouteRow, 'strategy' | 'targets'> & { id: string | null };

/** What speaks against models at this time, whatever is asked of them. */
export type Conditions = {
  /** The providers that the caller has keys of. */
  ownKeys: ReadonlySet<string>;
  /** Circuits by their names, with the time until which they let no call pass, in milliseconds. */
  openCircuits: ReadonlyMap<string, number>;
  /** Whether budgets count what is called with the deployment's key. */
  hasBudget: boolean;
};

/** The database knows of circuits what the objects of other calls have met; this isolate may not have heard of it. */
export async function readConditions(ctx: Ctx): Promise<Conditions> {
  const { db, actor } = ctx;
  const { id: workspaceId } = requireWorkspace(actor);
  const caller = { workspaceId, createdBy: requireUser(actor).id, accessTokenId: accessTokenOf(actor) };
  const [ownKeys, [circuits, budgets]] = await Promise.all([
    listOwnKeyProviders(ctx),
    db.batch([findOpenCircuits(db, workspaceId, new Date()), findBudgetsFor(db, { ...caller, operation: 'chat' })]),
  ]);
  const openCircuits = circuits.flatMap(({ name, retryAt }) => (retryAt ? [[name, retryAt.getTime()] as const] : []));
  return { ownKeys, openCircuits: new Map(openCircuits), hasBudget: budgets.length > 0 };
}

/**
 * Decides whom a route calls for a request: every target is fitted to it, priced, and looked at for what speaks against
 * it. Nobody is asked and nothing is spent.
 */
export async function weighRoute(
  ctx: Ctx,
  catalog: Catalog,
  body: ChatBody,
  route: RouteRules,
  conditions: Conditions,
): Promise<Weighed> {
  const health = new Map(catalog.health.map((row) => [row.llmId, row]));
  const weighed = await Promise.all(
    route.targets.map(async (target) => {
      const attempt = await tryTarget(ctx, catalog, body, target, conditions);
      const planned = 'model' in attempt ? attempt : null;
      const candidate: Candidate = {
        ...target,
        exclusion: 'model' in attempt ? null : attempt,
        may_cost_usd: planned?.mayCostUsd ?? null,
        ...lately(planned && health.get(planned.model.id ?? '')),
      };
      return { planned, candidate };
    }),
  );
  const facts: RouteFacts = {
    strategy: route.strategy,
    candidates: weighed.map(({ candidate }) => candidate),
    draw: route.strategy === 'weighted' ? Math.random() : 0,
  };
  const decision = decideRoute(facts);
  return {
    draft: { id: crypto.randomUUID(), routeId: route.id, facts, decision },
    targets: decision.order.map((place) => weighed[place]!.planned!),
    excluded: decision.excluded.map(({ candidate, reason, detail }) => {
      const { provider, model } = facts.candidates[candidate]!;
      return { provider, model, reason, detail };
    }),
  };
}

async function tryTarget(
  ctx: Ctx,
  catalog: Catalog,
  body: ChatBody,
  wanted: { provider: string; model: string },
  conditions: Conditions,
): Promise<PlannedTarget | Exclusion> {
  try {
    const target = await planTarget(ctx, catalog, body, wanted);
    return whyNot(ctx, target, conditions) ?? target;
  } catch (error) {
    return toExclusion(error);
  }
}

function whyNot(ctx: Ctx, target: PlannedTarget, { ownKeys, openCircuits, hasBudget }: Conditions): Exclusion | null {
  const { model, provider, endpoint, request } = target;
  const isPaidByOthers = !endpoint && !ownKeys.has(provider.id);
  if (isPaidByOthers && !isConfigured(ctx.env, provider.id)) {
    return { reason: 'provider_not_configured', detail: 'there is no key for it' };
  }
  if (isPaidByOthers && hasBudget && target.mayCostUsd === null) {
    return { reason: 'model_unpriced', detail: 'nobody can tell what it costs, and a budget counts it' };
  }
  const { id: endpointId = null, workspaceId = null } = endpoint ?? {};
  const guarded = { provider: model.provider, model: model.name, endpointId, workspaceId };
  const openUntil = circuitOpenUntil(ctx.env, guarded, Date.now()) ?? openCircuits.get(nameOf(guarded));
  if (openUntil !== undefined) {
    return {
      reason: 'circuit_open',
      detail: `too many of its calls failed; until ${new Date(openUntil).toISOString()}`,
    };
  }
  const tokens = estimateTokens(request);
  if (model.contextWindow !== null && tokens > model.contextWindow) {
    return { reason: 'context_too_small', detail: `about ${tokens} tokens, of which it takes ${model.contextWindow}` };
  }
  return null;
}

/** What a token of most languages has, more or less. */
const BYTES_PER_TOKEN = 4;

/** Of the request and the longest answer that it allows, roughly: a close case is the provider's to refuse. */
function estimateTokens({ messages, parameters }: PlannedTarget['request']): number {
  const texts = JSON.stringify([messages, parameters.tools], (key, value: unknown) =>
    key === 'image_url' ? '' : value,
  );
  const output = Number(parameters.max_tokens ?? parameters.max_completion_tokens ?? 0);
  return Math.ceil(Buffer.byteLength(texts) / BYTES_PER_TOKEN) + output;
}

const lately = (health: Health | null | undefined): Pick<Candidate, 'first_token_ms' | 'error_rate'> =>
  health
    ? { first_token_ms: health.averageFirstTokenMs, error_rate: health.failedCalls / health.calls }
    : { first_token_ms: null, error_rate: null };

/** That nobody can be called, and why. */
export function noRoute(name: string, excluded: Passed[]): AppError {
  const fields = excluded.map(({ provider, model, reason, detail }, n) => ({
    loc: ['route', 'targets', n],
    msg: `${provider}/${model}: ${detail}`,
    type: reason,
  }));
  return new AppError('no_route', { params: { route: name }, fields });
}
