import jsonata from 'jsonata';
import { ExpressionBudget, ExpressionError, limitError } from './expression-budget.ts';
import { liveClock, type ExpressionClock } from './expression-clock.ts';
import { guardFunctions, GUARDED, type Focus, type GuardedName } from './expression-functions.ts';
import { toPlainValue } from './plain-value.ts';
import { SafeRegex } from './safe-regex.ts';

export { ExpressionBudget, ExpressionError, EXPRESSION_LIMITS, type ExpressionLimits } from './expression-budget.ts';

/**
 * Expressions of users, in JSONata (https://docs.jsonata.org). They come from strangers and run beside the requests of
 * others, so that each has a budget of steps, depth and memory, regular expressions that cannot hang, and no `$eval`.
 */
export type CompiledExpression = {
  text: string;
  /** Names of fields that its paths begin with. */
  names: ReadonlySet<string>;
  expression: jsonata.Expression;
};

const TEXT_LIMIT = 10_000;

/** Of arrays, and of what paths select. */
const ITEMS_LIMIT = 250_000;

const ENTRY = Symbol.for('jsonata.__evaluate_entry');
const EXIT = Symbol.for('jsonata.__evaluate_exit');

/** Binds the budget under a name that no expression can spell. */
const BUDGET = ' budget';

/** The same for where time and chance come from. */
const CLOCK = ' clock';

/** What a part of an expression costs besides, by what takes its value. */
const COST = Symbol('cost');

type Part = Omit<jsonata.ExprNode, 'type'> & {
  type: string;
  focus?: string;
  index?: string;
  [COST]?: 'argument' | 'tree';
};

const CACHE_LIMIT = 500;
const cache = new Map<string, CompiledExpression>();

/** @throws {ExpressionError} `expression_invalid` */
export function compileExpression(text: string): CompiledExpression {
  const known = cache.get(text);
  if (known) return known;
  if (text.length > TEXT_LIMIT) {
    throw new ExpressionError('expression_invalid', `An expression has at most ${TEXT_LIMIT} characters.`);
  }
  const compiled = compile(text);
  if (cache.size >= CACHE_LIMIT) cache.delete(cache.keys().next().value!);
  cache.set(text, compiled);
  return compiled;
}

function compile(text: string): CompiledExpression {
  try {
    const expression = jsonata(text, { sequence: ITEMS_LIMIT });
    const names = new Set<string>();
    preparePart(expression.ast() as Part, names);
    // The types know no symbols, by which the language has its hooks.
    const assign = expression.assign.bind(expression) as (name: string | symbol, value: unknown) => void;
    assign(ENTRY, onEntry);
    assign(EXIT, onExit);
    for (const name of Object.keys(GUARDED) as GuardedName[]) {
      expression.registerFunction(name, lateGuard(name) as never, GUARDED[name]);
    }
    return { text, names, expression };
  } catch (error) {
    throw toExpressionError(error, 'expression_invalid');
  }
}

/**
 * Evaluates an expression with `input` as what it reads, and names (without `$`) for other values. The result is plain
 * JSON, or undefined where it selects nothing.
 * @throws {ExpressionError}
 */
export async function evaluateExpression(
  { expression }: CompiledExpression,
  input: unknown,
  bindings: Record<string, unknown> = {},
  budget = new ExpressionBudget(),
  clock = liveClock(),
): Promise<unknown> {
  budget.begin();
  try {
    const result: unknown = await expression.evaluate(input, { ...bindings, [BUDGET]: budget, [CLOCK]: clock });
    return toPlainValue(result, budget.limits);
  } catch (error) {
    throw toExpressionError(error, 'expression_failed');
  }
}

/** What the budget of an evaluation is kept in: the language's own frame, which all parts share. */
type Base = { depth: number; RegexEngine: unknown; [BUDGET]?: ExpressionBudget };

type Frame = jsonata.Environment & { base: Base };

function budgetOf(frame: Frame): ExpressionBudget {
  const { base } = frame;
  if (base[BUDGET]) return base[BUDGET];
  const budget = frame.lookup(BUDGET) as ExpressionBudget;
  base.RegexEngine = meteredRegex(budget);
  return (base[BUDGET] = budget);
}

const meteredRegex = (budget: ExpressionBudget) =>
  class extends SafeRegex {
    override exec(text: string) {
      budget.takeSteps(1 + (this.isLocal ? 0 : (text.length - this.lastIndex) >> 5));
      return super.exec(text);
    }
  };

function onEntry(part: Part, input: unknown, frame: Frame): Promise<void> | undefined {
  const budget = budgetOf(frame);
  budget.takeSteps(1);
  if (frame.base.depth > budget.limits.depth) throw limitError(`is nested deeper than ${budget.limits.depth}`);
  // `**` goes through everything below.
  if (part.type === 'descendant') budget.takeTree(input);
  return budget.rest();
}

function onExit(part: Part, _input: unknown, frame: Frame, result: unknown): void {
  const budget = budgetOf(frame);
  if (MAKING.has(part.type) || isSequence(result)) budget.takeValue(result);
  if (part[COST] === 'argument') budget.takeArgument(result);
  if (part[COST] === 'tree') budget.takeTree(result);
}

/** Parts that make a value; the others select one that is there, or several as a sequence. */
const MAKING = new Set<string>(['binary', 'unary', 'function', 'apply', 'transform']);

const isSequence = (value: unknown): boolean => Array.isArray(value) && 'sequence' in value;

/** Comparisons that go through both sides. */
const COMPARISONS = new Set(['=', '!=', 'in']);

/** Notes on each part what its value costs, and which names its paths begin with. */
function preparePart(part: unknown, names: Set<string>): void {
  if (typeof part !== 'object' || part === null || part instanceof RegExp) return;
  if (Array.isArray(part)) return part.forEach((one) => preparePart(one, names));
  const { type, value, lhs, rhs, steps, procedure } = part as Part;
  const noteCost = (of: unknown, cost: Part[typeof COST]) => {
    if (typeof of === 'object' && of !== null) (of as Part)[COST] = cost;
  };
  if (type === 'binary' && COMPARISONS.has(value)) for (const side of [lhs, rhs]) noteCost(side, 'tree');
  if (type === 'function') for (const argument of (part as Part).arguments ?? []) noteCost(argument, 'argument');
  if (type === 'path' && steps?.[0]?.type === 'name') names.add(String(steps[0].value));
  if (type === 'function' && procedure?.type === 'variable' && procedure.value === 'eval') {
    throw new ExpressionError('expression_invalid', 'There is no $eval here.', procedure.position ?? null);
  }
  refuseOwnClone(part as Part);
  if (type === 'regex') new SafeRegex(value as RegExp);
  for (const [name, child] of Object.entries(part)) if (name !== 'ancestor') preparePart(child, names);
}

/**
 * `| … | … |` changes what `$clone` gives it. With one of the author's own it would change what the expression was given,
 * and the functions of the language, which everybody's expressions share.
 */
function refuseOwnClone({ type, value, lhs, arguments: parameters, focus, index }: Part): void {
  const isClone = (named: unknown) => (named as Part | undefined)?.value === 'clone';
  const isBound =
    (type === 'bind' && isClone(lhs)) ||
    (type === 'lambda' && parameters?.some(isClone)) ||
    (type === 'index' && value === 'clone') ||
    focus === 'clone' ||
    index === 'clone';
  if (isBound) throw new ExpressionError('expression_invalid', 'Nothing else can be called $clone here.');
}

let guarded: Promise<Record<GuardedName, (this: Focus, ...args: never[]) => unknown>> | null = null;

/** The functions themselves can only be had by evaluating their names, which takes a moment. */
function lateGuard(name: GuardedName) {
  return async function guard(this: Focus, ...args: unknown[]): Promise<unknown> {
    guarded ??= loadGuarded();
    return Reflect.apply((await guarded)[name], this, args) as unknown;
  };
}

async function loadGuarded() {
  const load = async (name: string) => {
    const found = (await jsonata(`$${name}`).evaluate(null)) as { implementation: (...args: never[]) => unknown };
    return [name, found.implementation] as const;
  };
  const originals = Object.fromEntries(await Promise.all(Object.keys(GUARDED).map(load)));
  return guardFunctions(originals as never, ({ environment }) => {
    const frame = environment as unknown as Frame;
    return { budget: budgetOf(frame), clock: frame.lookup(CLOCK) as ExpressionClock };
  });
}

function toExpressionError(error: unknown, code: ExpressionError['code']): ExpressionError {
  if (error instanceof ExpressionError) return error;
  const { message, position } = error as { message?: unknown; position?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : 'The expression cannot be evaluated.';
  return new ExpressionError(code, text.slice(0, 500), typeof position === 'number' ? position : null, error);
}
