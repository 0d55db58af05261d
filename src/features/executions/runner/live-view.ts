import { digestUuid } from '../../../core/ids.ts';
import type { JsonObject } from '../../../db/schema/index.ts';
import { findNodeType } from '../../nodes/index.ts';
import { configWithoutSecrets } from '../../workflows/index.ts';
import type { Plan, PlannedNode } from '../engine/plan.ts';
import { stepKey } from '../engine/run-state.ts';
import type { NodeRow, RunFacts } from './facts.ts';
import { retriesOf } from './faults.ts';
import { givenInput } from './given-input.ts';
import { effectOfNode } from './plans.ts';
import type { LiveExecution, LiveNode, RunSpec } from './types.ts';
import { INLINE_BYTES, type Values } from './values.ts';

/** The id that a node's record has. */
export const nodeRecordId = (executionId: string, order: number) => digestUuid(executionId, 'node', order);

/** A piece of JSON, or where it lies, or neither where it is left out for its size. */
export type Piece = { text: string | null; objectKey: string | null; bytes: number };

const NONE: Piece = { text: null, objectKey: null, bytes: 0 };

/** What is told of a node beside its row, which its definition says. */
export type NodeFacts = Pick<
  LiveNode,
  'nodeType' | 'nodeName' | 'maxRetries' | 'retryDelayMs' | 'timeoutSeconds' | 'config' | 'dependencies' | 'dependents'
>;

const ofPlanned = new WeakMap<PlannedNode, NodeFacts>();

export function nodeFactsOf(plan: Plan, nodeKey: string): NodeFacts {
  const planned = plan.nodes.get(nodeKey);
  if (!planned) return UNKNOWN;
  const known = ofPlanned.get(planned);
  if (known) return known;
  const { node, incoming, outgoing } = planned;
  const { maxRetries, delayMs } = retriesOf(planned, effectOfNode(node));
  const facts = {
    nodeType: findNodeType(node.type)?.type ?? node.type,
    nodeName: node.name,
    maxRetries,
    retryDelayMs: delayMs,
    timeoutSeconds: node.timeoutSeconds === null ? null : Math.ceil(node.timeoutSeconds),
    // Somebody else's workflow may run here, and a secret in a definition is not for whoever reads an execution.
    config: configWithoutSecrets(node.config),
    dependencies: [...new Set(incoming.map(({ from }) => from.node.id))],
    dependents: [...new Set(outgoing.map(({ to }) => to.node.id))],
  };
  ofPlanned.set(planned, facts);
  return facts;
}

const UNKNOWN: NodeFacts = {
  nodeType: 'unknown',
  nodeName: null,
  maxRetries: 0,
  retryDelayMs: 0,
  timeoutSeconds: null,
  config: {},
  dependencies: [],
  dependents: [],
};

/** Reads what came into nodes and out of them, as the outputs of others that it was. */
export class NodePieces {
  readonly #runId: string;
  readonly #spec: RunSpec;
  readonly #plan: Plan;
  readonly #values: Values;
  readonly #byOrder: Map<number, NodeRow>;
  readonly #byKey: Map<string, NodeRow>;
  readonly #items = new Map<string, unknown[]>();

  constructor(runId: string, spec: RunSpec, plan: Plan, values: Values, rows: NodeRow[]) {
    this.#runId = runId;
    this.#spec = spec;
    this.#plan = plan;
    this.#values = values;
    this.#byOrder = new Map(rows.map((row) => [row.order, row]));
    this.#byKey = new Map(rows.map((row) => [stepKey(row.nodeKey, row.iteration), row]));
  }

  outputOf(row: NodeRow): Piece {
    if (row.bytes === 0) return NONE;
    const text = row.objectKey === null ? this.#values.textOf(this.#runId, row.order) : null;
    return { text, objectKey: row.objectKey, bytes: row.bytes };
  }

  inputOf(row: NodeRow): Piece {
    // What was taken over from another execution has ended without having begun.
    if (row.startedAt === null && row.rank === null) return NONE;
    const given = givenInput(this.#spec, row.nodeKey);
    if (given) return toPiece(given.input);
    const sources = row.sources.flatMap((order) => this.#byOrder.get(order) ?? []);
    const [only] = sources;
    if (sources.length === 1) return this.outputOf(only!);
    if (sources.length === 0) return this.#firstInput(row);
    const pieces = sources.map((source) => ({ key: source.nodeKey, ...this.outputOf(source) }));
    const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
    if (bytes > INLINE_BYTES) return { text: null, objectKey: null, bytes };
    const fields = pieces.map(({ key, text }) => `${JSON.stringify(key)}:${text ?? 'null'}`);
    return { text: `{${fields.join(',')}}`, objectKey: null, bytes };
  }

  /** Of what begins an execution, what it was started with; of what begins an iteration, the item. */
  #firstInput({ nodeKey, iteration }: NodeRow): Piece {
    const value = iteration.length === 0 ? this.#spec.input : this.#itemOf(nodeKey, iteration);
    return toPiece(value);
  }

  #itemOf(nodeKey: string, iteration: number[]): unknown {
    const loop = this.#plan.nodes.get(nodeKey)?.scope.loop;
    if (!loop) return null;
    const key = stepKey(loop.node.id, iteration.slice(0, -1));
    let items = this.#items.get(key);
    if (!items) {
      const row = this.#byKey.get(key);
      const output = row && this.#values.readHere(this.#runId, row);
      items = Array.isArray(output) ? output : ((output as { items?: unknown[] } | undefined)?.items ?? []);
      this.#items.set(key, items);
    }
    return items[iteration.at(-1)!];
  }
}

/** What a node tells besides its output: also what a loop had begun with and what was set, for when it is taken up again. */
export const metadataOf = ({ metadata, loop, variables }: NodeRow): JsonObject | null =>
  loop || variables ? { ...metadata, ...(loop && { loop }), ...(variables && { variables }) } : metadata;

function toPiece(value: unknown): Piece {
  if (value === undefined || value === null) return NONE;
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  return { text: bytes <= INLINE_BYTES ? text : null, objectKey: null, bytes };
}

const parse = (text: string | null): unknown => (text === null ? null : JSON.parse(text));

/** A node as clients see it. */
export function toLiveNode(runId: string, plan: Plan, row: NodeRow, pieces: NodePieces): LiveNode {
  const [input, output] = [pieces.inputOf(row), pieces.outputOf(row)];
  const { order, error } = row;
  return {
    id: nodeRecordId(runId, order),
    executionOrder: order,
    nodeKey: row.nodeKey,
    ...nodeFactsOf(plan, row.nodeKey),
    iteration: row.iteration,
    status: row.status,
    attempt: row.attempt,
    port: row.port,
    input: parse(input.text),
    // What a loop has so far are its items, which are no output.
    output: row.rank === null ? null : parse(output.text),
    inputBytes: input.bytes,
    outputBytes: row.rank === null ? 0 : output.bytes,
    inputObjectKey: input.objectKey,
    outputObjectKey: row.rank === null ? null : output.objectKey,
    costUsd: row.costUsd,
    error: error && { code: error.code, message: error.message, details: error.details as JsonObject },
    startedAt: row.startedAt,
    completedAt: row.completedAt,
    metadata: metadataOf(row),
  };
}

/** An execution as clients see it, but for what it gave. */
export function toLive(
  facts: RunFacts,
  more: Pick<LiveExecution, 'currentNode' | 'waits'> & Partial<LiveExecution>,
): LiveExecution {
  const { error } = facts;
  return {
    executionId: facts.executionId,
    workflowId: facts.workflowId,
    status: facts.status,
    priority: facts.priority,
    totalNodes: facts.totalNodes,
    completedNodes: facts.completedNodes,
    failedNodes: facts.failedNodes,
    createdAt: facts.createdAt,
    startedAt: facts.startedAt,
    completedAt: facts.completedAt,
    updatedAt: facts.updatedAt,
    output: null,
    outputObjectKey: null,
    error: error && {
      code: error.code,
      message: error.message,
      nodeKey: error.nodeKey,
      details: error.details as JsonObject,
    },
    costUsd: facts.costUsd,
    retryCount: facts.retryCount,
    isParked: Boolean(facts.parked),
    ...more,
  };
}
