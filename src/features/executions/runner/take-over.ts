import { NodeError } from '../../nodes/index.ts';
import type { Plan } from '../engine/plan.ts';
import { stepKey } from '../engine/run-state.ts';
import { byEnd, toRow } from '../record/load.ts';
import { findOutputs, findRecordedNodes, type RecordedNode } from '../record/replay-queries.ts';
import { followersOf, unitOf } from '../restart/reruns.ts';
import type { Desk } from './desk.ts';
import type { NodeRow } from './facts.ts';
import { toPlan } from './plans.ts';
import { sourcesOf } from './run-scope.ts';
import type { RunSpec } from './types.ts';
import { objectPrefix } from './values.ts';

/** Outputs that are read from the database at once. */
const PORTION = 100;

/**
 * Writes into the journal of an execution what it takes over from the one that it goes on from, with copies of what lies
 * in object storage; how many runs of nodes. The same again writes the same.
 */
export async function takeOver(desk: Desk, spec: RunSpec, parentId: string): Promise<number> {
  const { ctx, journal } = desk;
  const { executionId, workspaceId } = spec;
  const bucket = ctx.env.STORAGE;
  const plan = toPlan(spec.definition);
  const found = await findRecordedNodes(ctx.db, workspaceId, parentId);
  const torn = await findTorn(bucket, objectPrefix(workspaceId, parentId), found);
  const nodes = keepNodes(plan, found, spec.origin.restart?.reused ?? [], torn);
  const rows = toRows(plan, nodes, parentId);
  const copies = new Map<string, string>();
  for (let at = 0; at < nodes.length; at += PORTION) {
    const portion = nodes.slice(at, at + PORTION);
    const orders = portion.map(({ execution_order: order }) => order);
    const outputs = await findOutputs(ctx.db, workspaceId, parentId, orders);
    for (const node of portion) {
      const row = rows.get(node)!;
      if (row.objectKey !== null) {
        const copy = copies.get(row.objectKey) ?? `${objectPrefix(workspaceId, executionId)}${row.order}.json`;
        if (!copies.has(row.objectKey)) await copyObject(bucket, row.objectKey, copy);
        copies.set(row.objectKey, copy);
        row.objectKey = copy;
      }
      journal.saveNode(executionId, row, outputs.get(node.execution_order) ?? null);
    }
  }
  return nodes.length;
}

/** The keys of nodes whose outputs should lie in object storage, and do not. */
export async function findTorn(bucket: R2Bucket, prefix: string, nodes: RecordedNode[]): Promise<Set<string>> {
  const elsewhere = nodes.filter((node) => node.output_object_key !== null);
  if (elsewhere.length === 0) return new Set();
  const keys = new Set<string>();
  for (let cursor: string | undefined; ;) {
    const page = await bucket.list({ prefix, ...(cursor && { cursor }) });
    for (const { key } of page.objects) keys.add(key);
    if (!page.truncated) break;
    cursor = page.cursor;
  }
  const torn = elsewhere.filter(({ output_object_key: key }) => !keys.has(key!));
  return new Set(torn.map(({ node_key: key }) => key));
}

/** Whether a node came to an end from which something went on. */
export const isDone = ({ port }: RecordedNode): boolean => port !== null;

/** Nodes that are taken over; of what has lost its values since that was decided, nothing that follows it either. */
function keepNodes(plan: Plan, nodes: RecordedNode[], reused: string[], torn: Set<string>): RecordedNode[] {
  const lost = [...torn].flatMap((key) => unitOf(plan, key) ?? []);
  const dropped = new Set([...lost, ...followersOf(lost)].map(({ node }) => node.id));
  const kept = new Set(reused.filter((id) => !dropped.has(id)));
  return nodes.filter((node) => {
    const unit = unitOf(plan, node.node_key);
    return unit !== null && kept.has(unit.node.id) && (node.iteration.length > 0 || isDone(node));
  });
}

/** As the journal has them: numbered anew, paid by nobody, and each with where it comes from. */
function toRows(plan: Plan, nodes: RecordedNode[], parentId: string): Map<RecordedNode, NodeRow> {
  const ranks = new Map(nodes.toSorted(byEnd).map((node, at) => [node, at + 1]));
  const rows = new Map(nodes.map((node, at) => [node, toOwn(node, at + 1, ranks.get(node)!, parentId)]));
  const byKey = new Map([...rows.values()].map((row) => [stepKey(row.nodeKey, row.iteration), row]));
  for (const row of rows.values()) {
    const planned = plan.nodes.get(row.nodeKey)!;
    row.sources = sourcesOf(byKey, { planned, frame: { iteration: row.iteration } }).map(({ order }) => order);
  }
  return rows;
}

function toOwn(node: RecordedNode, order: number, rank: number, parentId: string): NodeRow {
  const row = toRow(node, rank);
  return {
    ...row,
    order,
    attempt: 1,
    costUsd: '0',
    // It has not been at work here.
    startedAt: null,
    metadata: { reused_from: { execution_id: parentId, node_execution_id: node.id }, ...row.metadata },
  };
}

async function copyObject(bucket: R2Bucket, from: string, to: string): Promise<void> {
  const object = await bucket.get(from);
  if (!object) throw new NodeError('output_missing', 'An output that is needed is not in storage.');
  await bucket.put(to, object.body);
}
