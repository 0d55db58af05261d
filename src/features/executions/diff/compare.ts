import { sha256 } from '../../../core/crypto.ts';
import { fromPico, toPico } from '../../../core/decimal.ts';
import { notFound } from '../../../core/errors.ts';
import { differencesOf, type JsonDifference } from '../../../core/json-differences.ts';
import { canonicalJson } from '../../../core/json-order.ts';
import type { Ctx } from '../../../context.ts';
import type { ExecutionStatus, NodeStatus } from '../../../db/schema/index.ts';
import { nodeTypes } from '../../nodes/index.ts';
import { findExecution, type ExecutionRow } from '../queries.ts';
import { findPairs, type NodePair, type Pair } from './queries.ts';

/** Nodes that are told of, and places in all values. */
export const NODES_LIMIT = 1_000;
export const CHANGES_LIMIT = 1_000;
const CHANGES_OF_ONE = 100;

/** A longer value is told by its digest. */
const VALUE_BYTES = 4 * 1024;

const PORTION = 500;

export type Change<T> = { before: T; after: T };

export type OutputChange = { changes: JsonDifference[]; is_truncated: boolean; digests: Change<string | null> | null };

export type NodeChange = {
  node_id: string;
  iteration: number[];
  change: 'added' | 'removed' | 'changed';
  status: Change<NodeStatus> | null;
  port: Change<string | null> | null;
  error: Change<Fault | null> | null;
  output: OutputChange | null;
  request_changed: boolean;
};

type Fault = { code: string | null; message: string };

export type Comparison = {
  is_equal: boolean;
  is_truncated: boolean;
  differences: number;
  status: Change<ExecutionStatus> | null;
  error: Change<(Fault & { node_id: string | null }) | null> | null;
  output: OutputChange | null;
  nodes: NodeChange[];
  duration_ms: Change<number | null>;
  cost_usd: Change<string>;
};

/**
 * In what two executions differ that have ended: in how they ended, in what they gave, and node by node. When and in which
 * order things happened, how long they took and what they cost makes no difference.
 * @throws {AppError} `not_found`
 */
export async function compareExecutions(ctx: Ctx, pair: Pair): Promise<Comparison> {
  const [[before], [after]] = await ctx.db.batch([
    findExecution(ctx.db, pair.workspaceId, pair.before),
    findExecution(ctx.db, pair.workspaceId, pair.after),
  ]);
  if (!before || !after) throw notFound('execution');
  const budget = { changes: CHANGES_LIMIT };
  const status = changeOf(before.status, after.status);
  const error = changeOf(faultOf(before), faultOf(after));
  const output = await compareOutputs(ctx, toValue(before), toValue(after), budget);
  const nodes = await compareNodes(ctx, pair, budget);
  const differences = [status, error, output].filter(Boolean).length + nodes.length;
  return {
    is_equal: differences === 0,
    is_truncated: nodes.length >= NODES_LIMIT || budget.changes <= 0,
    differences,
    status,
    error,
    output,
    nodes,
    duration_ms: { before: tookOf(before), after: tookOf(after) },
    cost_usd: { before: costOf(before), after: costOf(after) },
  };
}

const changeOf = <T>(before: T, after: T): Change<T> | null =>
  canonicalJson(before) === canonicalJson(after) ? null : { before, after };

function faultOf({ errorMessage, errorDetails }: ExecutionRow) {
  if (errorMessage === null) return null;
  const { code = null, node_id: nodeId = null } = (errorDetails ?? {}) as { code?: string; node_id?: string };
  return { code, message: errorMessage, node_id: nodeId };
}

const tookOf = ({ startedAt, completedAt }: ExecutionRow): number | null =>
  startedAt && completedAt && completedAt.getTime() - startedAt.getTime();

/** As everywhere: without zeros at its end. */
const costOf = ({ costUsd }: ExecutionRow): string => fromPico(toPico(costUsd));

async function compareNodes(ctx: Ctx, pair: Pair, budget: Budget): Promise<NodeChange[]> {
  const computed = nodeTypes().flatMap(({ type, isComputed }) => (isComputed ? [type] : []));
  const found: NodeChange[] = [];
  for (let offset = 0; found.length < NODES_LIMIT; offset += PORTION) {
    const pairs = await findPairs(ctx.db, pair, computed, { limit: PORTION, offset });
    for (const one of pairs) {
      const change = await compareNode(ctx, one, budget);
      if (change && found.length < NODES_LIMIT) found.push(change);
    }
    if (pairs.length < PORTION) break;
  }
  return found;
}

async function compareNode(ctx: Ctx, pair: NodePair, budget: Budget): Promise<NodeChange | null> {
  const { node_key: nodeKey, iteration, before, after } = pair;
  const named = { node_id: nodeKey, iteration };
  const none = { status: null, port: null, error: null, output: null, request_changed: false };
  if (!before || !after) return { ...named, ...none, change: before ? 'removed' : 'added' };
  const change: NodeChange = {
    ...named,
    change: 'changed',
    status: changeOf(before.status, after.status),
    port: changeOf(before.port, after.port),
    error: changeOf(toFault(before), toFault(after)),
    output: pair.has_other_output ? await compareOutputs(ctx, toSide(before), toSide(after), budget) : null,
    request_changed: pair.has_other_request,
  };
  const { status, port, error, output } = change;
  return (status ?? port ?? error ?? output) || change.request_changed ? change : null;
}

type Side = NonNullable<NodePair['before']>;

const toFault = ({ error_code: code, error_message: message }: Side): Fault | null =>
  message === null ? null : { code, message };

type Value = { value: unknown; digest: string | null; objectKey: string | null };

const toSide = ({ output, digest, object_key: objectKey }: Side): Value => ({ value: output, digest, objectKey });

const toValue = ({ outputData, outputObjectKey }: ExecutionRow): Value => ({
  value: outputData,
  digest: null,
  objectKey: outputObjectKey,
});

/** Places that are told of yet. */
type Budget = { changes: number };

async function compareOutputs(ctx: Ctx, before: Value, after: Value, budget: Budget): Promise<OutputChange | null> {
  const isShort = [before, after].every(({ digest, objectKey }) => digest === null && objectKey === null);
  if (!isShort) {
    const digests = { before: await digestOf(ctx, before), after: await digestOf(ctx, after) };
    return digests.before === digests.after ? null : { changes: [], is_truncated: false, digests };
  }
  const changes: JsonDifference[] = [];
  for (const difference of differencesOf(before.value ?? null, after.value ?? null)) {
    if (changes.length >= Math.min(CHANGES_OF_ONE, Math.max(1, budget.changes))) {
      return { changes, is_truncated: true, digests: null };
    }
    budget.changes -= 1;
    changes.push({ ...difference, before: shorten(difference.before), after: shorten(difference.after) });
  }
  return changes.length === 0 ? null : { changes, is_truncated: false, digests: null };
}

/** By what a value is known that is too long to be told; of one in object storage its own. */
async function digestOf({ env }: Ctx, { value, digest, objectKey }: Value): Promise<string | null> {
  if (digest !== null) return digest;
  if (objectKey === null) return (value ?? null) === null ? null : `sha256:${sha256(canonicalJson(value))}`;
  const object = await env.STORAGE.head(objectKey);
  return object && `etag:${object.etag}`;
}

function shorten(value: unknown): unknown {
  const text = JSON.stringify(value ?? null);
  const bytes = Buffer.byteLength(text);
  return bytes <= VALUE_BYTES ? (value ?? null) : { digest: `sha256:${sha256(canonicalJson(value))}`, bytes };
}
