import { requireWorkspace } from '../../../core/actor.ts';
import { canonicalJson } from '../../../core/json-order.ts';
import type { Ctx } from '../../../context.ts';
import type { WorkflowDefinition } from '../../../db/schema/index.ts';
import { readDefinition, type ReadDefinition } from '../../workflows/index.ts';
import type { Plan } from '../engine/plan.ts';
import { nodeFactsOf } from '../runner/live-view.ts';
import * as queries from './queries.ts';
import { mean } from './ranges.ts';

/** Executions that are looked at, and node runs of them. */
const RUNS_LIMIT = 200;
const NODES_LIMIT = 5_000;

/** Other versions that are compared with the one that is asked about. */
const VERSIONS_LIMIT = 10;

/** One run of a node, as it was. */
export type Record = { ms: number; usd: number; port: string | null };

/** What one execution had of the nodes that are as they are now, and how many items its loops had, by node. */
export type RunRecord = { nodes: Map<string, Record[]>; items: Map<string, number[]> };

export type History = {
  /** Executions of the same nodes and ways, whatever version they stood in. */
  equal: queries.PastRun[];
  /** By execution, of those whose nodes were read. */
  runs: Map<string, RunRecord>;
  /** Of all executions together. */
  nodes: Map<string, Record[]>;
  items: Map<string, number[]>;
  /** What passes between two nodes, on average; null where none were read. */
  gapMs: number | null;
};

/** What executions of a workflow in the workspace say about the next one by this plan. */
export async function readHistory(
  ctx: Ctx,
  workflowId: string,
  plan: Plan,
  definition: WorkflowDefinition,
): Promise<History> {
  const { db } = ctx;
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const past = await queries.findPastRuns(db, { workspaceId, workflowId, limit: RUNS_LIMIT });
  const versions = [...new Set(past.map(({ version }) => version))].slice(0, VERSIONS_LIMIT);
  let left = NODES_LIMIT;
  const read = past.filter(({ nodes }) => (left -= nodes) >= 0);
  const asked = [...plan.nodes.keys()].map((id) => {
    const { nodeType, config } = nodeFactsOf(plan, id);
    return { node_key: id, node_type: nodeType, config };
  });
  const ids = read.map(({ id }) => id);
  const [definitions, rows] = await Promise.all([
    queries.findDefinitions(db, workflowId, versions),
    queries.findPastNodes(db, workspaceId, ids, asked),
  ]);
  const wanted = textOf(readDefinition(definition));
  const equal = new Set(
    definitions.filter((one) => textOf(readDefinition(one.definition)) === wanted).map(({ version }) => version),
  );
  const byRun = Map.groupBy(rows, (row) => row.execution_id);
  const runs = new Map([...byRun].map(([id, nodes]) => [id, toRecord(plan, nodes)]));
  return {
    equal: past.filter(({ version }) => equal.has(version)),
    runs,
    nodes: pool([...runs.values()].map(({ nodes }) => nodes)),
    items: pool([...runs.values()].map(({ items }) => items)),
    gapMs: byRun.size === 0 ? null : mean(read.flatMap((run) => gapOf(run, byRun.get(run.id) ?? []))),
  };
}

/** What two definitions have in common that do the same: nodes and ways, but not where an editor has put them. */
function textOf({ nodes, edges }: ReadDefinition): string {
  const ways = edges.map(({ from, fromPort, to, toPort }) => JSON.stringify([from, fromPort, to, toPort]));
  const steps = nodes.map(({ name: _, ...node }) => canonicalJson(node));
  return JSON.stringify([steps.toSorted(), ways.toSorted()]);
}

function toRecord(plan: Plan, rows: queries.PastNode[]): RunRecord {
  const nodes = new Map<string, Record[]>();
  const items = new Map<string, number[]>();
  for (const { node_key: id, has_failed: hasFailed, port, ms, usd, is_same: isSame } of rows) {
    const planned = plan.nodes.get(id);
    if (!planned || !isSame) continue;
    // What a loop takes is what its items take, which are counted by themselves.
    const record = { ms: planned.body ? 0 : ms, usd, port: hasFailed ? null : (port ?? 'output') };
    nodes.set(id, [...(nodes.get(id) ?? []), record]);
    if (planned.body) items.set(id, []);
  }
  for (const id of items.keys()) items.set(id, itemsOf(plan, id, rows));
  return { nodes, items };
}

/** How many items a loop had, each time it ran: as many as the nodes of its body were run for. */
function itemsOf(plan: Plan, id: string, rows: queries.PastNode[]): number[] {
  const body = new Set(plan.nodes.get(id)!.body!.nodes.map(({ node }) => node.id));
  const times = new Map<string, Set<number>>();
  for (const { node_key: key, iteration } of rows) {
    if (key === id) times.set(iteration.join('.'), times.get(iteration.join('.')) ?? new Set());
    if (!body.has(key)) continue;
    const around = iteration.slice(0, -1).join('.');
    const seen = times.get(around) ?? new Set();
    times.set(around, seen.add(iteration.at(-1)!));
  }
  return [...times.values()].map(({ size }) => size);
}

function pool<T>(maps: Map<string, T[]>[]): Map<string, T[]> {
  const pooled = new Map<string, T[]>();
  for (const map of maps) {
    for (const [id, values] of map) {
      const known = pooled.get(id);
      if (known) known.push(...values);
      else pooled.set(id, [...values]);
    }
  }
  return pooled;
}

/** What of an execution was no node's time, for each of its nodes. */
function gapOf({ ms }: queries.PastRun, rows: queries.PastNode[]): number[] {
  if (rows.length === 0) return [];
  let [covered, until] = [0, 0];
  for (const { from_ms: from, to_ms: to } of rows.toSorted((one, other) => one.from_ms - other.from_ms)) {
    covered += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return [Math.max(0, ms - covered) / rows.length];
}
