import { fromPico, toPico } from '../../../core/decimal.ts';
import type { JsonObject } from '../../../db/schema/index.ts';
import { NodeError, type NodeEffect, type NodeOutcome } from '../../nodes/index.ts';
import { keyOf, stepKey, type Step } from '../engine/run-state.ts';
import type { NodeRow, RunFacts } from './facts.ts';
import type { Journal } from './journal.ts';
import { sourcesOf } from './run-scope.ts';
import type { Values } from './values.ts';

/** Node runs of one execution, those of all iterations together. */
export const NODE_RUNS_LIMIT = 20_000;

/** Outputs of one execution, all together: each is kept, and read again by whoever asks. */
const OUTPUTS_BYTES = 512 * 1024 * 1024;

/** Of several that come in at once, what goes into one row of the journal. */
const PASSED_BYTES = 1_500_000;

/** Characters of the variables that one node sets, which are at hand as long as the execution runs, and of all of them. */
const VARIABLES_LENGTH = 256 * 1024;
const ALL_VARIABLES_LENGTH = 8 * 1024 * 1024;

export type BookMeans = {
  journal: Journal;
  values: Values;
  changed: (row: NodeRow) => void;
};

/** What became of the nodes of one execution: at hand, and written down with each change. */
export class NodeBook {
  readonly rows = new Map<string, NodeRow>();
  /** What an earlier runner has left, until it is come to. */
  readonly found: Map<string, NodeRow>;
  readonly #facts: RunFacts;
  readonly #means: BookMeans;
  #lastOrder = 0;
  #lastRank = 0;
  #bytes = 0;
  #variablesLength = 0;

  constructor(facts: RunFacts, means: BookMeans, found: NodeRow[]) {
    this.#facts = facts;
    this.#means = means;
    this.found = new Map(found.map((row) => [stepKey(row.nodeKey, row.iteration), row]));
    for (const { order, rank, bytes, variables } of found) {
      this.#bytes += bytes;
      this.#variablesLength += lengthOf(variables);
      this.#lastOrder = Math.max(this.#lastOrder, order);
      this.#lastRank = Math.max(this.#lastRank, rank ?? 0);
    }
    facts.completedNodes = found.filter(({ status }) => status === 'completed').length;
    facts.failedNodes = found.filter(({ status }) => status === 'failed').length;
    facts.costUsd = fromPico(found.reduce((sum, { costUsd }) => sum + toPico(costUsd), 0n));
  }

  get isFull(): boolean {
    return this.rows.size + this.found.size >= NODE_RUNS_LIMIT;
  }

  /** In the order in which they began. */
  all(): NodeRow[] {
    return [...this.rows.values(), ...this.found.values()].toSorted((one, other) => one.order - other.order);
  }

  /** What nodes have set so far, as they ended. */
  variablesOf(given: JsonObject): JsonObject {
    const ended = [...this.found.values()].toSorted((one, other) => (one.rank ?? 0) - (other.rank ?? 0));
    return Object.assign({ ...given }, ...ended.map(({ variables }) => variables));
  }

  /** Takes over what was found of a node; undefined where nothing was. */
  takeFound(step: Step): NodeRow | undefined {
    const key = keyOf(step);
    const row = this.found.get(key);
    if (!row) return undefined;
    this.found.delete(key);
    this.rows.set(key, row);
    return row;
  }

  open(step: Step): NodeRow {
    this.#lastOrder += 1;
    const row: NodeRow = {
      order: this.#lastOrder,
      nodeKey: step.planned.node.id,
      iteration: step.frame.iteration,
      status: 'running',
      attempt: 1,
      port: null,
      costUsd: '0',
      error: null,
      startedAt: Date.now(),
      completedAt: null,
      wakeAt: null,
      waitReason: null,
      rank: null,
      sources: [],
      variables: null,
      metadata: null,
      loop: null,
      bytes: 0,
      objectKey: null,
    };
    this.rows.set(keyOf(step), row);
    return row;
  }

  /** Where its input comes from; noted with it. */
  readSources(step: Step, row: NodeRow): NodeRow[] {
    const sources = sourcesOf(this.rows, step);
    row.sources = sources.map(({ order }) => order);
    return sources;
  }

  /** It has ended, and goes on by that way, if by any. */
  close(row: NodeRow, status: 'completed' | 'failed' | 'skipped', port: string | null): void {
    this.#lastRank += 1;
    Object.assign(row, { status, port, rank: this.#lastRank, completedAt: Date.now(), wakeAt: null, waitReason: null });
    if (status === 'completed') row.error = null;
    if (status === 'completed') this.#facts.completedNodes += 1;
    if (status === 'failed') this.#facts.failedNodes += 1;
  }

  /**
   * Counts what a node gave.
   * @throws {NodeError} `outputs_too_large`, `variables_too_large`
   */
  count(bytes: number, outcome?: NodeOutcome): void {
    this.#bytes += bytes;
    if (this.#bytes > OUTPUTS_BYTES) {
      throw new NodeError('outputs_too_large', `The outputs of an execution have more than ${OUTPUTS_BYTES} bytes.`, {
        details: { limit: OUTPUTS_BYTES },
      });
    }
    if (outcome?.kind !== 'done') return;
    const { variables, port, metadata } = outcome;
    const length = lengthOf({ variables, port, metadata });
    this.#variablesLength += length;
    const isOfNode = length > VARIABLES_LENGTH;
    if (!isOfNode && this.#variablesLength <= ALL_VARIABLES_LENGTH) return;
    const [whose, limit] = isOfNode ? ['a node', VARIABLES_LENGTH] : ['an execution', ALL_VARIABLES_LENGTH];
    throw new NodeError('variables_too_large', `The variables of ${whose} have more than ${limit} characters.`, {
      details: { limit },
    });
  }

  addCost(row: NodeRow, costUsd: string | undefined): void {
    row.costUsd = costUsd ?? '0';
    if (costUsd) this.#facts.costUsd = fromPico(toPico(this.#facts.costUsd) + toPico(costUsd));
  }

  /** It begins, which is written down where a repetition would be noticed; those who watch see it in any case. */
  begin(row: NodeRow, effect: NodeEffect): void {
    if (effect === 'pure') this.#means.changed(row);
    else this.write(row);
  }

  /** @param text its output, where it has one that is kept here; left out where that has not changed */
  write(row: NodeRow, text?: string | null): void {
    const { journal, values, changed } = this.#means;
    const { executionId } = this.#facts;
    this.#facts.updatedAt = Date.now();
    journal.saveNode(executionId, row, text);
    if (text) values.hold(executionId, row.order, text);
    changed(row);
  }

  /** A node that is switched off lets through what comes in. @param given where nothing comes from another node */
  passThrough(step: Step, given: JsonObject): void {
    const row = this.open(step);
    const [only, ...others] = this.readSources(step, row);
    this.close(row, 'skipped', 'output');
    if (only && others.length === 0) {
      const { bytes, objectKey } = only;
      Object.assign(row, { bytes, objectKey });
      this.count(bytes);
      return this.write(row, objectKey === null ? this.#textOf(only) : null);
    }
    const fields = [only, ...others].flatMap((source) =>
      source ? [[source.nodeKey, this.#textOf(source)] as const] : [],
    );
    const text = only
      ? `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${field ?? 'null'}`).join(',')}}`
      : JSON.stringify(given);
    row.bytes = Buffer.byteLength(text);
    if (row.bytes > PASSED_BYTES) {
      throw new NodeError('output_too_large', `What a node lets through that is switched off has ${row.bytes} bytes.`, {
        details: { bytes: row.bytes, limit: PASSED_BYTES },
      });
    }
    this.count(row.bytes);
    this.write(row, text);
  }

  #textOf({ order, bytes }: NodeRow): string | null {
    return bytes === 0 ? null : this.#means.values.textOf(this.#facts.executionId, order);
  }

  skip(row: NodeRow): void {
    Object.assign(row, { status: 'skipped', wakeAt: null, waitReason: null, completedAt: Date.now() });
    this.write(row);
  }

  /** No way led to it. */
  skipStep(step: Step): void {
    const known = this.rows.get(keyOf(step));
    if (known) return this.skip(known);
    if (this.isFull) return;
    const row = this.open(step);
    row.startedAt = null;
    this.skip(row);
  }
}

const lengthOf = (value: unknown): number => (value === null ? 0 : JSON.stringify(value).length);
