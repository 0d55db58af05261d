import type { JsonObject } from '../../../db/schema/index.ts';
import type { NodeLogLevel } from '../../nodes/index.ts';
import type { Journal } from './journal.ts';
import type { LiveLog } from './types.ts';
import { cutText } from './values.ts';

/** Lines of one execution; what comes after them is not kept, and the last line says so. */
const LINES_LIMIT = 10_000;

const MESSAGE_LENGTH = 8_000;
const CONTEXT_LENGTH = 16_000;

/** What an execution says while it runs. */
export class RunLog {
  readonly #journal: Journal;
  readonly #runId: string;
  readonly #tell: (line: LiveLog) => void;
  #last: number | null = null;

  constructor(journal: Journal, runId: string, tell: (line: LiveLog) => void) {
    this.#journal = journal;
    this.#runId = runId;
    this.#tell = tell;
  }

  /** Of a new execution it is known that it has said nothing. */
  begin(): void {
    this.#last = 0;
  }

  add(
    level: NodeLogLevel,
    nodeKey: string | null,
    iteration: number[],
    message: string,
    context: JsonObject | null,
  ): void {
    this.#last ??= this.#journal.lastLogOf(this.#runId);
    // How an execution ended is said of the longest ones too.
    if (this.#last >= LINES_LIMIT && nodeKey !== null) return;
    this.#last += 1;
    const isLast = this.#last === LINES_LIMIT;
    const line: LiveLog = {
      seq: this.#last,
      level: isLast ? 'warning' : level,
      nodeKey: isLast ? null : nodeKey,
      iteration: isLast ? [] : iteration,
      message: isLast ? `More than ${LINES_LIMIT} lines: those of nodes are not kept any more.` : cut(message),
      context: isLast ? null : toContext(context),
      loggedAt: Date.now(),
    };
    this.#journal.addLog(this.#runId, line);
    this.#tell(line);
  }
}

const cut = (message: string) => cutText(String(message), MESSAGE_LENGTH);

/** What cannot be kept as it is, is kept as the beginning of its text. */
function toContext(context: JsonObject | null): JsonObject | null {
  if (!context) return null;
  try {
    const text = JSON.stringify(context);
    if (text.length > CONTEXT_LENGTH) return { truncated: cutText(text, 1_000) };
    return JSON.parse(/\\u(0000|d[89a-f])/.test(text) ? text.replaceAll(/\\u(0000|d[89a-f]..)/g, '\uFFFD') : text);
  } catch {
    return null;
  }
}
