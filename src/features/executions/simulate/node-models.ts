import { findNodeType, hasTemplate, isComputing, LONGEST_WAIT_SECONDS, type NodeType } from '../../nodes/index.ts';
import type { CallPreview } from '../../llm/index.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../../core/time.ts';
import type { Plan, PlannedNode } from '../engine/plan.ts';
import { nodeFactsOf } from '../runner/live-view.ts';
import { timeoutOf } from '../runner/node-timeout.ts';
import type { Draw } from './draw-run.ts';
import type { Known } from './evaluate-purely.ts';
import type { History, RunRecord } from './history.ts';
import type { SimilarNode } from './queries.ts';
import { pick } from './random.ts';
import type { Bounds } from './ranges.ts';

/** What is known of a node comes from itself, from others like it, or from what its kind and its limits say. */
export type NodeBasis = 'exact' | 'history' | 'similar_nodes' | 'estimate';

/** For what nothing was measured: the least, something in between, or the most that it can be. */
export type Pass = 'low' | 'typical' | 'high';

export type NodeModel = {
  basis: NodeBasis;
  /** How many runs of nodes say so. */
  samples: number;
  /** @param base what another node of the same run goes by, so that what belongs together stays together */
  draw(pass: Pass, base: RunRecord | null, random: () => number): Draw;
};

/** Runs of a node from which on they say more than runs of others. */
const SAMPLES_NEEDED = 5;

export type ModelFacts = {
  plan: Plan;
  history: History;
  similar: SimilarNode[];
  known: ReadonlyMap<string, Known>;
  previews: ReadonlyMap<string, CallPreview>;
};

/** How to make up runs of each node. */
export function modelNodes(facts: ModelFacts): Map<string, NodeModel> {
  const similar = Map.groupBy(facts.similar, ({ kind }) => kind);
  return new Map(
    [...facts.plan.nodes.values()].map((planned) => [planned.node.id, modelNode(facts, planned, similar)]),
  );
}

/** Kinds of the nodes of which there is too little history, as {@link SimilarNode} names them. */
export function kindsWithoutHistory(plan: Plan, history: History): string[] {
  const open = [...plan.nodes.values()].filter(
    (planned) => !planned.body && fixedMs(planned) === null && !hasHistory(history, planned),
  );
  return [...new Set(open.map((planned) => kindOf(plan, planned)))];
}

const hasHistory = ({ nodes }: History, { node }: PlannedNode) => (nodes.get(node.id)?.length ?? 0) >= SAMPLES_NEEDED;

function kindOf(plan: Plan, { node }: PlannedNode): string {
  const { nodeType, config } = nodeFactsOf(plan, node.id);
  const names = [config['provider'], config['model']].filter((name) => typeof name === 'string');
  return [nodeType, ...names].join('/');
}

function modelNode(facts: ModelFacts, planned: PlannedNode, similar: Map<string, SimilarNode[]>): NodeModel {
  const { id } = planned.node;
  const known = facts.known.get(id);
  const model = modelUnknown(facts, planned, similar);
  if (!known) return model;
  // Where it goes from here is certain.
  const { port, items } = known;
  return { ...model, draw: (...how) => ({ ...model.draw(...how), port, ...(items !== undefined && { items }) }) };
}

function modelUnknown(facts: ModelFacts, planned: PlannedNode, similar: Map<string, SimilarNode[]>): NodeModel {
  const { plan, history, previews } = facts;
  const { id } = planned.node;
  const ports = portsOf(planned);
  const ms = fixedMs(planned);
  if (ms !== null && !planned.node.isDisabled) {
    return { basis: 'exact', samples: 0, draw: () => ({ ms, usd: 0, port: 'output' }) };
  }
  const own = history.nodes.get(id) ?? [];
  if (hasHistory(history, planned)) {
    const counts = history.items.get(id) ?? [];
    return {
      basis: 'history',
      samples: own.length,
      draw(_, base, random) {
        const record = pick(base?.nodes.get(id) ?? own, random);
        if (!planned.body) return record;
        return { ...record, items: pick(base?.items.get(id) ?? counts, random) };
      },
    };
  }
  const others = planned.body ? [] : (similar.get(kindOf(plan, planned)) ?? []);
  if (others.length >= SAMPLES_NEEDED) {
    return {
      basis: 'similar_nodes',
      samples: others.length,
      draw: (_, __, random) => ({ ...pick(others, random), port: pick(ports, random) }),
    };
  }
  const bounds = estimate(planned, previews.get(id));
  return {
    basis: 'estimate',
    samples: 0,
    draw: (pass, _, random) => ({
      ms: Math.round(within(bounds.ms, pass, random)),
      usd: within(bounds.usd, pass, random),
      port: pick(ports, random),
      items: Math.round(within(bounds.items, pass, random)),
    }),
  };
}

/** The ways that somebody has laid from it; of a loop the engine knows. */
function portsOf({ body, outgoing }: PlannedNode): string[] {
  const laid = [...new Set(outgoing.map(({ fromPort }) => fromPort))].filter((port) => port !== 'error');
  return body || laid.length === 0 ? ['output'] : laid;
}

/** What a node takes that only waits, and for how long it says itself. */
function fixedMs({ node }: PlannedNode): number | null {
  if (findNodeType(node.type)?.type !== 'delay' || hasTemplate(node.config)) return null;
  const amount = (unit: string) => Number(node.config[unit] ?? 0) || 0;
  const until = typeof node.config['until'] === 'string' ? Date.parse(node.config['until']) - Date.now() : 0;
  const [days, hours] = [amount('days') * DAY, amount('hours') * HOUR];
  return Math.max(0, until + amount('ms') + amount('seconds') * SECOND + amount('minutes') * MINUTE + hours + days);
}

const NOTHING: Bounds = { low: 0, expected: 0, high: 0 };

/** As many items as a loop is taken to have of which nothing is known. */
const ITEMS: Bounds = { low: 0, expected: 10, high: 100 };

/** What computing takes. */
const COMPUTING_MS: Bounds = { low: 1, expected: 5, high: 100 };

/** Of what calls others, the time that most of them take; its limit is its own. */
const CALLING_MS = { low: 20, expected: 500 };
const MODEL_MS = { low: 200, expected: 3 * SECOND };

/** What models answer to most requests, in tokens. */
const ANSWER_TOKENS = 250;

function estimate(planned: PlannedNode, preview: CallPreview | undefined): { ms: Bounds; usd: Bounds; items: Bounds } {
  const { node, body } = planned;
  const type = findNodeType(node.type);
  const { items } = node.config;
  if (body) {
    const count = Array.isArray(items) ? items.length : null;
    return { ms: NOTHING, usd: NOTHING, items: count === null ? ITEMS : { low: count, expected: count, high: count } };
  }
  if (!type || isComputing(type)) return { ms: COMPUTING_MS, usd: NOTHING, items: NOTHING };
  const most = type.timesItself ? longestWait(type, node.config) : timeoutOf(node);
  if (type.type === 'llm') {
    const ms = { ...MODEL_MS, ...(preview?.averageLatencyMs && { expected: preview.averageLatencyMs }), high: most };
    return { ms, usd: preview ? priceOf(preview) : NOTHING, items: NOTHING };
  }
  const seconds = type.type === 'http' ? Number(node.config['timeout'] ?? 30) : Number.NaN;
  const high = Number.isFinite(seconds) ? Math.min(seconds * SECOND, most) : most;
  return { ms: { ...CALLING_MS, high: Math.max(high, CALLING_MS.expected) }, usd: NOTHING, items: NOTHING };
}

/** What waits for others says itself how long, at the most. */
function longestWait(type: NodeType, config: Record<string, unknown>): number {
  const read = type.config.safeParse(config).data as { timeout_seconds?: number } | undefined;
  return (read?.timeout_seconds ?? LONGEST_WAIT_SECONDS) * SECOND;
}

/** By the prices of the catalogue: nothing but the prompt, with an answer as most are, and as much as may come. */
function priceOf({ promptTokens, maxTokens, priceInput, priceOutput, mayCostUsd }: CallPreview): Bounds {
  if (priceInput === null || priceOutput === null) return NOTHING;
  const asking = promptTokens * Number(priceInput);
  const answer = Math.min(maxTokens ?? ANSWER_TOKENS, ANSWER_TOKENS) * Number(priceOutput);
  return { low: asking, expected: asking + answer, high: Math.max(Number(mayCostUsd ?? 0), asking + answer) };
}

/** Half to twice of what is expected, as far as that is possible. */
function within({ low, expected, high }: Bounds, pass: Pass, random: () => number): number {
  if (pass !== 'typical') return pass === 'low' ? low : high;
  return Math.min(high, Math.max(low, expected * 2 ** (2 * random() - 1)));
}
