import { seededClock } from '../../../core/expression-clock.ts';
import { toIso } from '../present.ts';
import type { Ctx } from '../../../context.ts';
import {
  describeRequest,
  executeNode,
  NodeError,
  type NodeMeans,
  type NodeOutcome,
  type NodeScope,
  type NodeType,
} from '../../nodes/index.ts';
import { stepKey } from '../engine/run-state.ts';
import { byEnd, toRow } from '../record/load.ts';
import {
  findOutputs,
  findRecordedNodes,
  findSourceFacts,
  type RecordedNode,
  type SourceFacts,
} from '../record/replay-queries.ts';
import type { NodeRow } from './facts.ts';
import { turnsOf } from './turns.ts';
import type { RunSpec } from './types.ts';

/** What an execution that cannot go on without its parent says. */
export const PARENT_GONE = { code: 'parent_gone', message: 'The execution that it goes on from was deleted.' };

type Config = Record<string, unknown>;

type Outcome = Extract<NodeOutcome, { kind: 'done' }>;

/**
 * What an execution did, for another one that repeats it: whatever follows from nothing but what came in is done anew, at
 * the same time and with the same chance, and everything else is as it was.
 */
class Tape {
  readonly #spec: RunSpec;
  readonly #source: SourceFacts;
  readonly #nodes: ReadonlyMap<string, RecordedNode>;
  /** The how many-th each was to end. */
  readonly #ranks: ReadonlyMap<RecordedNode | undefined, number>;

  constructor(spec: RunSpec, source: SourceFacts, nodes: RecordedNode[]) {
    this.#spec = spec;
    this.#source = source;
    this.#nodes = new Map(nodes.map((node) => [stepKey(node.node_key, node.iteration), node]));
    const ended = nodes.filter(({ status }) => ENDED.has(status));
    this.#ranks = new Map(ended.toSorted(byEnd).map((node, rank) => [node, rank]));
  }

  /** What the node saw. */
  scopeOf(scope: NodeScope, row: NodeRow): NodeScope {
    const { started_at_ms: began, created_by: userId } = this.#source;
    const startedAt = this.#recordOf(row)?.started_at_ms ?? began ?? 0;
    return {
      ...scope,
      execution: { ...scope.execution, id: this.#sourceId, user_id: userId, started_at: toIso(began ?? 0)! },
      clock: seededClock(startedAt, this.#sourceId, row.nodeKey, ...row.iteration),
    };
  }

  /** What came of the node, when it is its turn. */
  async run(type: NodeType, config: Config, means: NodeMeans, row: NodeRow): Promise<NodeOutcome> {
    const outcome = await this.#answer(type, config, means, row).then(
      (done) => () => done,
      (error: unknown) => () => {
        throw error;
      },
    );
    // Of a loop it is recorded when it was done; it had begun at once.
    if (type.control === 'loop') await turnsOf(this.#spec)!.wait(-1, means.signal);
    else await this.turnOf(row, means.signal);
    return outcome();
  }

  /** Resolves when it is the turn of the node to end. */
  turnOf(row: NodeRow, signal: AbortSignal): Promise<void> {
    const rank = this.#ranks.get(this.#recordOf(row)) ?? Number.MAX_SAFE_INTEGER;
    return turnsOf(this.#spec)!.wait(rank, signal);
  }

  async #answer(type: NodeType, config: Config, means: NodeMeans, row: NodeRow): Promise<NodeOutcome> {
    const record = this.#recordOf(row);
    // What it had taken over it had not done either. Loops are gone through all the same.
    const isAnew = type.isComputed && (type.control === 'loop' || !record?.metadata?.['reused_from']);
    if (isAnew) {
      // To be used in a replay is no use that is counted.
      const outcome = await executeNode(type, config, { ...means, attempt: means.attempt + 1 });
      if (outcome.kind !== 'sleep') return outcome;
      // One that slept when something failed was given up, and is again; it does not sleep any more.
      const wasGivenUp = record?.status === 'skipped' && record.started_at_ms !== null;
      return wasGivenUp ? { ...outcome, until: Date.now() } : { kind: 'done', output: outcome.output };
    }
    const outputs = this.#spec.origin.restart?.outputs;
    const request = type.isComputed ? {} : { request: await describeRequest(type, config, means).catch(toUnclear) };
    if (outputs && Object.hasOwn(outputs, row.nodeKey)) {
      return { kind: 'done', output: outputs[row.nodeKey], metadata: { ...request, given: true } };
    }
    if (!record || record.node_type !== type.type || !ENDED.has(record.status)) throw notRecorded(row);
    const metadata = { ...request, replayed_from: { execution_id: this.#sourceId, node_execution_id: record.id } };
    // Said of one that fails too.
    row.metadata = metadata;
    return this.#outcomeOf(means.ctx, record, metadata);
  }

  async #outcomeOf(ctx: Ctx, record: RecordedNode, metadata: Outcome['metadata']): Promise<Outcome> {
    const { variables, error } = toRow(record, 0);
    if (record.status === 'failed') {
      throw new NodeError(error?.code ?? 'failed', error?.message ?? 'The node failed.', { details: error?.details });
    }
    return {
      kind: 'done',
      output: await this.#outputOf(ctx, record),
      ...(record.port !== null && { port: record.port }),
      ...(variables && { variables }),
      metadata,
    };
  }

  async #outputOf(ctx: Ctx, record: RecordedNode): Promise<unknown> {
    const { execution_order: order, output_object_key: key, output_bytes: bytes } = record;
    if (bytes === 0) return null;
    const text =
      key === null
        ? (await findOutputs(ctx.db, this.#spec.workspaceId, this.#sourceId, [order])).get(order)
        : await (await ctx.env.STORAGE.get(key))?.text();
    if (text === undefined) throw new NodeError(PARENT_GONE.code, PARENT_GONE.message);
    return JSON.parse(text);
  }

  get #sourceId(): string {
    return this.#spec.origin.parentExecutionId!;
  }

  #recordOf({ nodeKey, iteration }: NodeRow): RecordedNode | undefined {
    return this.#nodes.get(stepKey(nodeKey, iteration));
  }
}

/** In place of what would be asked, where that cannot be filled in: it is not what was asked. */
function toUnclear(error: unknown): string {
  if (error instanceof NodeError && !error.isRetryable) return 'unclear';
  throw error;
}

const ENDED: ReadonlySet<string> = new Set(['completed', 'failed']);

const notRecorded = ({ nodeKey, iteration }: NodeRow) =>
  new NodeError('not_recorded', `What ${nodeKey} gave is not in the record of the execution that is repeated.`, {
    details: { ...(iteration.length > 0 && { iteration }) },
  });

const tapes = new WeakMap<RunSpec, Promise<Tape>>();

/** The tape of an execution that repeats another one; null for any other. @throws {NodeError} `parent_gone` */
export async function tapeOf(ctx: Ctx, spec: RunSpec): Promise<Tape | null> {
  if (spec.origin.triggerType !== 'replay') return null;
  const known = tapes.get(spec) ?? load(ctx, spec);
  tapes.set(spec, known);
  // Whoever asks again may find it.
  known.catch(() => tapes.delete(spec));
  return known;
}

/** Resolves when a node may end: in an execution that repeats another one, when it is its turn. */
export async function turnOf(
  spec: RunSpec,
  createCtx: () => Promise<Ctx>,
  row: NodeRow,
  signal: AbortSignal,
): Promise<void> {
  if (turnsOf(spec)) await (await tapeOf(await createCtx(), spec))?.turnOf(row, signal);
}

async function load({ db }: Ctx, spec: RunSpec): Promise<Tape> {
  const { workspaceId, origin } = spec;
  const id = origin.parentExecutionId;
  const source = id && (await findSourceFacts(db, workspaceId, id));
  if (!source) throw new NodeError(PARENT_GONE.code, PARENT_GONE.message);
  return new Tape(spec, source, await findRecordedNodes(db, workspaceId, id));
}
