import { deleteObjects, workspaceFolder } from '../../../platform/storage/workspace-objects.ts';
import { NodeError } from '../../nodes/index.ts';
import { NOTHING, type NodeRow, type Value } from './facts.ts';
import type { Journal } from './journal.ts';

/** Larger ones lie in object storage, and are referred to. */
export const INLINE_BYTES = 256 * 1024;

/** No node gives more. */
const OUTPUT_BYTES = 10 * 1024 * 1024;

/** What is kept at hand of the outputs of all executions of a runner, as text. */
const HELD_BYTES = 8 * 1024 * 1024;

/** Outputs of nodes: small ones in the journal, large ones in object storage, those used last at hand. */
export class Values {
  readonly #journal: Journal;
  readonly #bucket: R2Bucket;
  /** The oldest first. */
  readonly #held = new Map<string, { text: string; bytes: number }>();
  #heldBytes = 0;

  constructor(journal: Journal, bucket: R2Bucket) {
    this.#journal = journal;
    this.#bucket = bucket;
  }

  /**
   * Puts a value where it belongs. What goes into the journal is for the caller to write, so that it is written with what
   * is said of it.
   * @throws {NodeError} `output_too_large`, `output_not_json`
   */
  async keep(objectKey: string, output: unknown): Promise<Value> {
    const text = toText(output);
    if (text === null) return NOTHING;
    const bytes = Buffer.byteLength(text);
    if (bytes > OUTPUT_BYTES) {
      throw new NodeError('output_too_large', `The output has ${bytes} bytes; at most ${OUTPUT_BYTES} are allowed.`, {
        details: { bytes, limit: OUTPUT_BYTES },
      });
    }
    if (bytes <= INLINE_BYTES) return { text, objectKey: null, bytes };
    await this.#bucket.put(objectKey, text);
    return { text: null, objectKey, bytes };
  }

  /** What a node gave, anew for each who asks. */
  async read(runId: string, row: Pick<NodeRow, 'order' | 'objectKey' | 'bytes'>): Promise<unknown> {
    if (row.objectKey === null) return this.readHere(runId, row);
    const text = await this.readObject(row.objectKey);
    return JSON.parse(text);
  }

  /** The same where it is in the journal; undefined where it is not. */
  readHere(runId: string, row: Pick<NodeRow, 'order' | 'objectKey' | 'bytes'>): unknown {
    if (row.objectKey !== null || row.bytes === 0) return row.objectKey === null ? null : undefined;
    const text = this.textOf(runId, row.order);
    return text === null ? null : JSON.parse(text);
  }

  /** The text of an output that is in the journal. */
  textOf(runId: string, order: number): string | null {
    const key = `${runId}/${order}`;
    const held = this.#held.get(key);
    if (held) return held.text;
    const text = this.#journal.textOf(runId, order);
    if (text !== null) this.hold(runId, order, text);
    return text;
  }

  hold(runId: string, order: number, text: string): void {
    const key = `${runId}/${order}`;
    this.#heldBytes += text.length - (this.#held.get(key)?.bytes ?? 0);
    this.#held.delete(key);
    this.#held.set(key, { text, bytes: text.length });
    for (const [oldest, { bytes }] of this.#held) {
      if (this.#heldBytes <= HELD_BYTES) break;
      this.#held.delete(oldest);
      this.#heldBytes -= bytes;
    }
  }

  /** @throws {NodeError} `output_missing`, which another attempt may not find missing */
  async readObject(objectKey: string): Promise<string> {
    const object = await this.#bucket.get(objectKey);
    if (!object) throw new NodeError('output_missing', 'An output that is needed is not in storage.');
    return object.text();
  }

  /** Deletes what lies in object storage of an execution. */
  async forget(prefix: string): Promise<void> {
    await deleteObjects(this.#bucket, prefix);
  }
}

/** Where the objects of an execution lie. */
export const objectPrefix = (workspaceId: string, executionId: string) =>
  `${workspaceFolder('executions', workspaceId)}${executionId}/`;

/** As JSON that the database takes; null for nothing. */
function toText(output: unknown): string | null {
  try {
    const text = JSON.stringify(output);
    if (text === undefined || text === 'null') return null;
    // PostgreSQL takes neither NUL nor halves of a character, which JSON writes as these escapes.
    return /\\u(0000|d[89a-f])/.test(text) ? JSON.stringify(output, toStorable) : text;
  } catch (cause) {
    throw new NodeError('output_not_json', 'The output cannot be written as JSON.', { cause });
  }
}

function toStorable(_: string, value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [storableText(name), inner]));
}

/** As the database takes it. */
export const storableText = (text: string) => text.toWellFormed().replaceAll('\0', '\uFFFD');

/** Its beginning, which may be cut in the middle of a character. */
export const cutText = (text: string, length: number) => storableText(text.slice(0, length));
