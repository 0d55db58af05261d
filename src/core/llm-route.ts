/**
 * How a route chooses among models: what it is made of, what it decides by, and the decision itself. Everything that it
 * decides by is in its facts, so that the same facts always give the same decision.
 */
import { fromPico, toPico } from './decimal.ts';

/**
 * - `fallback`: in the order of the list
 * - `weighted`: by chance, in proportion to the weights; the others follow as fallbacks
 * - `cheapest`: by the price of this request
 * - `fastest`: by the time to the first token lately; those that nobody has measured come last
 */
export const STRATEGIES = ['fallback', 'weighted', 'cheapest', 'fastest'] as const;

export type Strategy = (typeof STRATEGIES)[number];

export type RouteTarget = {
  /** A provider of the catalogue, or an endpoint of the workspace. */
  provider: string;
  model: string;
  /** For `weighted`; 0 is only ever a fallback. */
  weight: number;
};

/** In milliseconds; where one is absent the deployment's limit holds. */
export type Deadlines = { first_token_ms?: number; between_tokens_ms?: number };

/** A second model that so many of 100 requests also go to. */
export type Shadow = { provider: string; model: string; percent: number };

/** Why a model cannot be called for a request. */
export type Exclusion = {
  reason:
    | 'not_in_catalogue'
    | 'provider_not_configured'
    | 'unsupported_parameter'
    | 'context_too_small'
    | 'circuit_open'
    | 'model_unpriced';
  detail: string;
};

/** What is known of a target when the decision is made. */
export type Candidate = RouteTarget & {
  /** Null for one that could be called. */
  exclusion: Exclusion | null;
  /** What this request may cost there at the most, in US dollars; null where the price is not known. */
  may_cost_usd: string | null;
  /** Lately; null where nobody has called it. */
  first_token_ms: number | null;
  error_rate: number | null;
};

export type RouteFacts = {
  strategy: Strategy;
  candidates: Candidate[];
  /** From 0 to below 1: the chance that `weighted` goes by. */
  draw: number;
};

/** Places in the list of candidates. */
export type RouteDecision = {
  /** Who is called, and who follows should that fail. */
  order: number[];
  excluded: { candidate: number; reason: Exclusion['reason']; detail: string }[];
};

/** Decides by the facts alone: the same facts, the same decision. */
export function decideRoute({ strategy, candidates, draw }: RouteFacts): RouteDecision {
  const places = candidates.map((_, place) => place);
  const callable = places.filter((place) => candidates[place]!.exclusion === null);
  const excluded = candidates.flatMap(({ exclusion }, candidate) => (exclusion ? [{ candidate, ...exclusion }] : []));
  return { order: ORDERS[strategy](callable, candidates, draw), excluded };
}

/** Whether two decisions call the same models in the same order, and leave out the others for the same reasons. */
export const isSameDecision = (one: RouteDecision, other: RouteDecision): boolean => toText(one) === toText(other);

/** Field by field: a decision that was kept may come back with its fields in another order. */
const toText = ({ order, excluded }: RouteDecision): string =>
  JSON.stringify([order, excluded.map(({ candidate, reason, detail }) => [candidate, reason, detail])]);

type Order = (callable: number[], candidates: Candidate[], draw: number) => number[];

const ORDERS: Record<Strategy, Order> = {
  fallback: (callable) => callable,
  weighted: drawOne,
  cheapest: (callable, candidates) => callable.toSorted((a, b) => byPrice(candidates[a]!, candidates[b]!)),
  fastest: (callable, candidates) => callable.toSorted((a, b) => speedOf(candidates[a]!) - speedOf(candidates[b]!)),
};

/** The one whose share of the weights the draw falls into goes first; the others keep their order. */
function drawOne(callable: number[], candidates: Candidate[], draw: number): number[] {
  const total = callable.reduce((sum, place) => sum + candidates[place]!.weight, 0);
  let rest = draw * total;
  const chosen = callable.find((place) => (rest -= candidates[place]!.weight) < 0) ?? callable[0];
  return chosen === undefined ? [] : [chosen, ...callable.filter((place) => place !== chosen)];
}

/** What has no known price is not cheap. */
function byPrice({ may_cost_usd: a }: Candidate, { may_cost_usd: b }: Candidate): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const difference = toPico(a) - toPico(b);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/** A model that fails often is not fast: each failure costs another attempt. Two that are unknown are equal. */
function speedOf({ first_token_ms: time, error_rate: rate }: Candidate): number {
  return time === null ? Number.MAX_VALUE : time / Math.max(0.01, 1 - (rate ?? 0));
}

/** The sum of amounts in US dollars. */
export const addUsd = (amounts: readonly string[]): string =>
  fromPico(amounts.reduce((sum, amount) => sum + toPico(amount), 0n));
