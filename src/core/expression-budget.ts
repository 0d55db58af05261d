/** How much an expression may do. Steps are counted, not time, because the clock of the platform stands still. */
export type ExpressionLimits = {
  /** Parts of the expression that are evaluated, each time counted; work inside of a function counts for some. */
  steps: number;
  /** How deep its parts and functions are nested, and the values that it makes. */
  depth: number;
  /** Bytes of its result as JSON. */
  outputBytes: number;
  /** Bytes that everything it makes on the way takes, about. */
  memoryBytes: number;
};

export const EXPRESSION_LIMITS: ExpressionLimits = {
  steps: 1_000_000,
  depth: 400,
  outputBytes: 10 * 1024 * 1024,
  memoryBytes: 48 * 1024 * 1024,
};

/** What an expression failed at, in words for whoever wrote it. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly code: 'expression_invalid' | 'expression_failed' | 'expression_limit';
  /** Where in the text, in characters from its beginning; null where that is not known. */
  readonly position: number | null;

  constructor(code: ExpressionError['code'], message: string, position: number | null = null, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.position = position;
  }
}

const CELL_BYTES = 8;

/** After so many steps others have a turn: nothing else runs meanwhile, not even what would end it. */
const STEPS_PER_TURN = 50_000;

/** A string that long alone is more than anything here is meant for. */
const STRING_LIMIT = 10 * 1024 * 1024;

/** What an expression has left; or several that share their steps, such as one for each item of a list. */
export class ExpressionBudget {
  readonly limits: ExpressionLimits;
  #steps = 0;
  #restedAt = 0;
  #bytes = 0;

  constructor(limits: Partial<ExpressionLimits> = {}) {
    this.limits = { ...EXPRESSION_LIMITS, ...limits };
  }

  /** What the evaluation before has made is nobody's any more. */
  begin(): void {
    this.#bytes = 0;
  }

  takeSteps(count: number): void {
    this.#steps += count;
    if (this.#steps > this.limits.steps) throw limitError(`takes more than ${this.limits.steps} steps`);
  }

  /** Lets others have a turn when it is theirs. */
  rest(): Promise<void> | undefined {
    if (this.#steps - this.#restedAt < STEPS_PER_TURN) return undefined;
    this.#restedAt = this.#steps;
    return new Promise((resolve) => setTimeout(resolve, 0));
  }

  takeBytes(count: number): void {
    this.#bytes += count;
    if (this.#bytes > this.limits.memoryBytes) throw limitError(`makes more than ${this.limits.memoryBytes} bytes`);
  }

  /** Counts what was made just now, itself alone. */
  takeValue(value: unknown): void {
    if (typeof value === 'string') this.takeText(value.length);
    else if (Array.isArray(value)) this.takeBytes(CELL_BYTES * (value.length + 1));
    else if (typeof value === 'object' && value !== null) this.takeBytes(CELL_BYTES * 4);
  }

  /** Counts a text, before it is made where that can be known. */
  takeText(length: number): void {
    if (length > STRING_LIMIT) throw limitError(`makes a text of more than ${STRING_LIMIT} characters`);
    this.takeBytes(length);
  }

  /** Counts the work of a function that looks at a value itself. */
  takeArgument(value: unknown): void {
    if (typeof value === 'string') this.takeSteps(value.length >> 5);
    else if (Array.isArray(value)) this.takeSteps(value.length >> 8);
  }

  /** Counts the work of going through a value, however large it is: parts that it has twice are gone through twice. */
  takeTree(value: unknown, depth = 0): void {
    if (depth > this.limits.depth) throw limitError(`makes values deeper than ${this.limits.depth}`);
    if (typeof value === 'string') return this.takeSteps(1 + (value.length >> 7));
    this.takeSteps(1);
    if (typeof value !== 'object' || value === null) return;
    for (const part of Array.isArray(value) ? value : Object.values(value)) this.takeTree(part, depth + 1);
  }
}

export const limitError = (what: string) => new ExpressionError('expression_limit', `The expression ${what}.`);
