import { z } from 'zod';
import { matchesPattern } from '../../../core/safe-regex.ts';
import { followPath } from '../templates/resolve.ts';
import { ownValue } from '../templates/scope-view.ts';
import { NodeError, type RunMeans } from './node-type.ts';

/** Ways to compare, and other spellings of them. */
const OPERATORS: Record<string, string[]> = {
  eq: ['=', '==', '===', 'equals', 'is'],
  ne: ['!=', '!==', 'neq', 'not_equals', 'is_not'],
  gt: ['>', 'greater_than'],
  gte: ['>=', 'greater_than_or_equal', 'ge'],
  lt: ['<', 'less_than'],
  lte: ['<=', 'less_than_or_equal', 'le'],
  in: [],
  not_in: ['nin'],
  contains: ['includes'],
  not_contains: [],
  starts_with: ['startswith'],
  ends_with: ['endswith'],
  regex: ['matches', 'match'],
  exists: ['is_set', 'not_null'],
  not_exists: ['is_not_set', 'is_null'],
  empty: ['is_empty'],
  not_empty: ['is_not_empty'],
};

const BY_SPELLING = new Map(
  Object.entries(OPERATORS).flatMap(([name, others]) => [name, ...others].map((spelling) => [spelling, name])),
);

const readOperator = (spelling: string) => BY_SPELLING.get(spelling.trim().toLowerCase().replaceAll(' ', '_'));

/** One comparison of a field of what came in with a value. */
export const Comparison = z.looseObject({
  field: z
    .unknown()
    .meta({ description: 'What is compared: a path in what came in (`order.total`), or an expression.' }),
  operator: z
    .string()
    .default('eq')
    .refine((spelling) => readOperator(spelling) !== undefined, `must be one of ${Object.keys(OPERATORS).join(', ')}`)
    .meta({ description: `One of ${Object.keys(OPERATORS).join(', ')}.` }),
  value: z.unknown().optional().meta({ description: 'What it is compared with.' }),
});
export type Comparison = z.infer<typeof Comparison>;

/**
 * Whether a comparison holds: of a field of what came in, or of `subject` where there is one.
 * @param at where the comparison stands, for the error.
 * @throws {NodeError}
 */
export async function holds(
  means: Pick<RunMeans, 'scope' | 'evaluate'>,
  { field, operator, value }: Comparison,
  at = '',
  subject?: { value: unknown },
): Promise<boolean> {
  const left = typeof field === 'string' ? await readField(means, field, `${at}field`, subject) : field;
  return compare(left, readOperator(operator) ?? operator, value);
}

async function readField(
  { scope, evaluate }: Pick<RunMeans, 'scope' | 'evaluate'>,
  field: string,
  at: string,
  subject?: { value: unknown },
): Promise<unknown> {
  const found = readPath(subject ? subject.value : scope.input, field);
  if (found !== undefined) return found;
  const named = subject ? null : followPath(field, scope);
  if (named) return named.value;
  return subject ? evaluate(field, at, {}, subject.value) : evaluate(field, at);
}

/** What a path of names and indices leads to; undefined where it leads nowhere. */
export function readPath(from: unknown, path: string): unknown {
  const steps = path
    .replace(/^\$\.?/, '')
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .split('.');
  let value = from;
  for (const step of steps) if (step !== '') value = ownValue(value, step);
  return value;
}

export function compare(left: unknown, operator: string, right: unknown): boolean {
  switch (operator) {
    case 'eq':
      return isEqual(left, right);
    case 'ne':
      return !isEqual(left, right);
    case 'gt':
      return compareOrder(left, right) > 0;
    case 'gte':
      return compareOrder(left, right) >= 0;
    case 'lt':
      return compareOrder(left, right) < 0;
    case 'lte':
      return compareOrder(left, right) <= 0;
    case 'in':
      return isWithin(right, left);
    case 'not_in':
      return !isWithin(right, left);
    case 'contains':
      return isWithin(left, right);
    case 'not_contains':
      return !isWithin(left, right);
    case 'starts_with':
      return toText(left).startsWith(toText(right));
    case 'ends_with':
      return toText(left).endsWith(toText(right));
    case 'regex':
      return matches(toText(left), toText(right));
    case 'exists':
      return left !== undefined && left !== null;
    case 'not_exists':
      return left === undefined || left === null;
    case 'empty':
      return isEmpty(left);
    case 'not_empty':
      return !isEmpty(left);
    default:
      throw new NodeError('invalid_config', `${operator.slice(0, 100)} is no operator`);
  }
}

/** Numbers that came as text are numbers where the other side is one: templates inside of text make text of them. */
function isEqual(left: unknown, right: unknown): boolean {
  if (left === right || ((left ?? null) === null && (right ?? null) === null)) return true;
  if (typeof left === 'object' || typeof right === 'object') return JSON.stringify(left) === JSON.stringify(right);
  const [a, b] = [toNumber(left), toNumber(right)];
  if (typeof left !== typeof right && a !== null && b !== null) return a === b;
  return typeof left !== typeof right && (left ?? right ?? null) !== null && String(left) === String(right);
}

/** NaN where the two cannot be compared, so that no comparison holds. */
export function compareOrder(left: unknown, right: unknown): number {
  const [a, b] = [toNumber(left), toNumber(right)];
  if (a !== null && b !== null) return a - b;
  if (typeof left !== 'string' || typeof right !== 'string') return Number.NaN;
  return left < right ? -1 : Number(left > right);
}

export function toNumber(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^\s*-?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i.test(value)) return null;
  return Number(value);
}

function isWithin(whole: unknown, part: unknown): boolean {
  if (Array.isArray(whole)) return whole.some((one) => isEqual(one, part));
  if (typeof whole === 'object' && whole !== null) return Object.hasOwn(whole, toText(part));
  return typeof whole === 'string' && whole.includes(toText(part));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function matches(text: string, pattern: string): boolean {
  try {
    return matchesPattern(pattern, text);
  } catch (cause) {
    throw new NodeError('invalid_config', `value: ${(cause as Error).message}`, { cause });
  }
}

const toText = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
