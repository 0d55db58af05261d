import { ExpressionError, limitError, type ExpressionBudget } from './expression-budget.ts';
import type { ExpressionClock } from './expression-clock.ts';

/** What a function of the language is called with as `this`. */
export type Focus = {
  environment: { base: object; timestamp?: Date };
  createSequence: (...items: unknown[]) => unknown[];
};

type Native = (this: Focus, ...args: never[]) => unknown;

type Match = { match: string; start: number; end: number; groups: string[]; next?: () => MaybeMatch };

type MaybeMatch = Match | undefined | Promise<Match | undefined>;

type Matcher = (text: string) => MaybeMatch;

/** Longer pictures of numbers and times are nobody's. */
const PICTURE_LIMIT = 100;

/** What a number or a time is read from. */
const READ_LIMIT = 200;

/** Parts of a picture side by side: where each takes any number of digits, trying them all takes a power of it. */
const ADJACENT_LIMIT = 6;

/**
 * Functions of the language that could make much out of little, each kept from it before it calls the original, and those
 * that give something else each time, which ask the evaluation's own clock. `meansOf` finds what the evaluation has.
 */
export function guardFunctions(
  originals: Record<GuardedName, Native>,
  meansOf: (focus: Focus) => { budget: ExpressionBudget; clock: ExpressionClock },
): Record<GuardedName, Native> {
  const budgetOf = (focus: Focus) => meansOf(focus).budget;
  const clockOf = (focus: Focus) => meansOf(focus).clock;
  const guard = (name: GuardedName, check: (budget: ExpressionBudget, args: unknown[]) => void): Native =>
    function guarded(this: Focus, ...args: unknown[]) {
      check(budgetOf(this), args);
      return Reflect.apply(originals[name], this, args);
    };

  return {
    pad: guard('pad', (budget, [, width]) => {
      if (typeof width === 'number') budget.takeText(Math.abs(width));
    }),
    join: guard('join', (budget, [texts, separator]) => {
      const between = typeof separator === 'string' ? separator.length : 0;
      if (Array.isArray(texts)) budget.takeText(texts.reduce((sum, text) => sum + String(text).length + between, 0));
    }),
    string: guard('string', (budget, [value]) => budget.takeTree(value)),
    clone: guard('clone', (budget, [value]) => budget.takeTree(value)),
    match: guard('match', (budget, args) => {
      args[1] = metered(budget, args[1], (found) => 64 + found.match.length);
    }),
    split: guard('split', (budget, args) => {
      if (typeof args[1] !== 'string') args[1] = metered(budget, args[1], () => 16);
    }),
    replace: guard('replace', (budget, args) => {
      const [text, pattern, replacement] = args;
      if (typeof text !== 'string') return;
      const references = typeof replacement === 'string' ? replacement.split('$').length - 1 : 0;
      const length = typeof replacement === 'string' ? replacement.length : 0;
      args[1] = metered(budget, pattern, (found) => 16 + length + references * found.match.length);
      if (typeof pattern === 'string' && pattern !== '') budget.takeText(text.length + countOf(text, pattern) * length);
      if (typeof replacement !== 'string') args[2] = meteredReplacement(budget, replacement);
    }),
    fromMillis: guard('fromMillis', (_budget, [, picture]) => checkPicture(picture)),
    formatInteger: guard('formatInteger', (_budget, [, picture]) => checkPicture(picture)),
    formatNumber: guard('formatNumber', (_budget, [, picture]) => checkPicture(picture)),
    parseInteger: guard('parseInteger', (_budget, [text, picture]) => checkRead(text, picture)),
    // Taken apart, a function of the language shows what it is made of.
    spread: guard('spread', (_budget, [value]) => refuseFunctions(value)),
    toMillis(this: Focus, text: unknown, picture: unknown) {
      checkRead(text, picture);
      // What the text leaves out of a time is taken from now.
      this.environment.timestamp = new Date(clockOf(this).now);
      return Reflect.apply(originals.toMillis, this, [text, picture]) as unknown;
    },
    now(this: Focus, picture: unknown, timezone: unknown) {
      checkPicture(picture);
      return Reflect.apply(originals.fromMillis, this, [clockOf(this).now, picture, timezone]) as unknown;
    },
    millis(this: Focus) {
      return clockOf(this).now;
    },
    random(this: Focus) {
      return clockOf(this).random();
    },
    shuffle(this: Focus, values: unknown) {
      return Array.isArray(values) ? shuffled(values, clockOf(this).random) : values;
    },
    distinct(this: Focus, values: unknown) {
      return Array.isArray(values) && values.length > 1 ? distinctOf(this, budgetOf(this), values) : values;
    },
    eval() {
      throw new ExpressionError('expression_failed', 'There is no $eval here.');
    },
  };
}

/** The functions that are guarded, with their signatures in the language's own notation. */
export const GUARDED = {
  pad: '<s-ns?:s>',
  join: '<a<s>s?:s>',
  string: '<x-b?:s>',
  clone: '<(oa)-:o>',
  match: '<s-f<s:o>n?:a<o>>',
  split: '<s-(sf)n?:a<s>>',
  replace: '<s-(sf)(sf)n?:s>',
  fromMillis: '<n-s?s?:s>',
  formatInteger: '<n-s:s>',
  formatNumber: '<n-so?:s>',
  parseInteger: '<s-s:n>',
  toMillis: '<s-s?:n>',
  spread: '<x-:a<o>>',
  now: '<s?s?:s>',
  millis: '<:n>',
  random: '<:n>',
  shuffle: '<a:a>',
  distinct: '<x:x>',
  eval: '<sx?:x>',
} as const;

export type GuardedName = keyof typeof GUARDED;

/** A pattern each of whose matches in the text is counted. */
function metered(budget: ExpressionBudget, pattern: unknown, bytesOf: (match: Match) => number): unknown {
  if (typeof pattern !== 'function') return pattern;
  const count = (match: Match | undefined): Match | undefined => {
    if (match) budget.takeBytes(bytesOf(match));
    return match && { ...match, next: async () => count(await match.next?.()) };
  };
  return async (text: string) => count(await (pattern as Matcher)(text));
}

/** A function that gives replacements, what it gives being counted. */
function meteredReplacement(budget: ExpressionBudget, replacement: unknown): unknown {
  return async function replace(this: unknown, match: Match) {
    const text: unknown = await (replacement as { apply: (self: unknown, args: unknown[]) => unknown }).apply(this, [
      match,
    ]);
    if (typeof text === 'string') budget.takeText(text.length);
    return text;
  };
}

function refuseFunctions(value: unknown): void {
  if (Array.isArray(value)) return value.forEach(refuseFunctions);
  if (typeof value === 'object' && value !== null && '_jsonata_function' in value) {
    throw new ExpressionError('expression_failed', 'A function cannot be spread.');
  }
}

function countOf(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) count++;
  return count;
}

function checkPicture(picture: unknown): void {
  if (typeof picture !== 'string') return;
  if (picture.length > PICTURE_LIMIT) throw limitError(`has a picture of more than ${PICTURE_LIMIT} characters`);
  if (/[1-9]\d{3}/.test(picture)) throw limitError('has a picture with a width above 999');
  const literal = picture.replace(/\[[^\]]*\]/g, '\0').replaceAll(/[\p{L}\p{N}]/gu, '');
  if (literal.includes('\0'.repeat(ADJACENT_LIMIT + 1))) {
    throw limitError(`has a picture with more than ${ADJACENT_LIMIT} parts side by side`);
  }
}

function checkRead(text: unknown, picture: unknown): void {
  checkPicture(picture);
  if (typeof text === 'string' && text.length > READ_LIMIT) {
    throw limitError(`reads a number or a time of more than ${READ_LIMIT} characters`);
  }
}

/** Comparing each with each, as the original does, takes quadratic time. */
function distinctOf(focus: Focus, budget: ExpressionBudget, values: unknown[]): unknown[] {
  const seen = new Set<unknown>();
  const result = 'sequence' in values ? focus.createSequence() : [];
  for (const value of values) {
    budget.takeTree(value);
    const key = typeof value === 'object' && value !== null ? `\0${canonical(value)}` : value;
    if (seen.has(key)) continue;
    seen.add(key);
    result.push(value);
  }
  return result;
}

/** After Fisher and Yates. */
function shuffled(values: unknown[], random: () => number): unknown[] {
  const result = [...values];
  for (let at = result.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [result[at], result[other]] = [result[other], result[at]];
  }
  return result;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join()}}`;
}
