import type { Ctx } from '../../../context.ts';
import { AppError } from '../../../core/errors.ts';
import type { ExpressionBudget } from '../../../core/expressions.ts';
import { loadVariables } from '../../user-variables/index.ts';
import { NodeError, type NodeMeans, type NodeScope } from '../library/node-type.ts';
import { evaluateInScope, readExpression, toNodeError, userVariables } from './evaluate.ts';
import { scanTemplates, VARIABLE_NAME, type TemplatePart } from './scan.ts';
import { lookUpName, ownValue } from './scope-view.ts';
import type { Secrets } from './secrets.ts';

/** Whether a field of a configuration is an expression, in which templates stay. */
export type IsExpression = (path: readonly (string | number)[]) => boolean;

/** What templates are resolved with; all of a configuration share what they may do, and how much they put in. */
export type Sources = {
  scope: NodeScope;
  values: Map<string, string>;
  secrets: Secrets;
  budget: ExpressionBudget;
  taken: number;
};

/** Characters that a text may grow to: many templates with a long value multiply it. */
const TEXT_LIMIT = 10_000_000;

/** What all templates of a configuration put in, in characters: a large value that is put in often is that large often. */
const VALUES_LIMIT = 3 * TEXT_LIMIT;

/**
 * Reads the user's variables that a configuration names, in one round trip: none that the execution was given a value
 * for.
 */
export async function loadReferences(
  ctx: Ctx,
  names: Iterable<string>,
  { scope }: Pick<NodeMeans, 'scope'>,
): Promise<Map<string, string>> {
  const wanted = [...names].filter((name) => ownValue(scope.variables, name) === undefined);
  if (wanted.length === 0) return new Map();
  try {
    return await loadVariables(ctx, wanted);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'secret_unreadable') throw error;
    throw new NodeError('secret_unreadable', `The value of ${error.options.params?.name} cannot be read.`);
  }
}

/** Names of the user's variables in a value, those of its expressions among them. */
export function findNames(value: unknown, names = new Set<string>()): Set<string> {
  if (typeof value === 'string') {
    for (const part of scanTemplates(value)) {
      if (part.kind === 'variable') names.add(part.name);
      if (part.kind === 'template' && VARIABLE_NAME.test(part.inside)) names.add(part.inside);
    }
  } else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) findNames(one, names);
  return names;
}

/**
 * The configuration with values in place of its templates. A field that is nothing but one template keeps the type of
 * the value; inside of a text, objects become JSON. Values that were put in are not looked at again.
 * @throws {NodeError}
 */
export async function resolveTemplates(
  value: unknown,
  sources: Sources,
  isExpression: IsExpression,
  path: readonly (string | number)[] = [],
): Promise<unknown> {
  if (typeof value === 'string') return isExpression(path) ? value : resolveText(value, sources, path.join('.'));
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const [at, item] of value.entries()) {
      items.push(await resolveTemplates(item, sources, isExpression, [...path, at]));
    }
    return items;
  }
  const fields: [string, unknown][] = [];
  for (const [name, field] of Object.entries(value)) {
    fields.push([name, await resolveTemplates(field, sources, isExpression, [...path, name])]);
  }
  return Object.fromEntries(fields) as unknown;
}

async function resolveText(text: string, sources: Sources, field: string): Promise<unknown> {
  if (!text.includes('{{') && !text.includes('${')) return text;
  const parts = scanTemplates(text);
  const [first] = parts;
  if (parts.length === 1 && first!.kind !== 'text') {
    const value = (await valueOf(first!, sources, field)) ?? null;
    take(sources, value, field);
    return value;
  }
  let result = '';
  for (const part of parts) {
    const text = toText(await valueOf(part, sources, field));
    take(sources, text, field);
    result += text;
    if (result.length > TEXT_LIMIT) {
      throw new NodeError('template_limit', `${field}: has more than ${TEXT_LIMIT} characters once it is filled in.`);
    }
  }
  return result;
}

function take(sources: Sources, value: unknown, field: string): void {
  sources.taken += typeof value === 'string' ? value.length : 4;
  if (sources.taken > VALUES_LIMIT) {
    throw new NodeError('template_limit', `${field}: the templates put in more than ${VALUES_LIMIT} characters.`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    sources.taken += name.length;
    take(sources, inner, field);
  }
}

function toText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

async function valueOf(part: TemplatePart, sources: Sources, field: string): Promise<unknown> {
  if (part.kind === 'text') return part.text;
  if (part.kind === 'variable') return variableValue(part.name, sources, field);
  if (VARIABLE_NAME.test(part.inside)) return variableValue(part.inside, sources, field);
  const found = followPath(part.inside, sources.scope);
  if (found) return found.value;
  if (SIMPLE_NAME.test(part.inside)) {
    throw new NodeError('unknown_name', `${field}: nothing is called ${part.inside}.`, { details: { field } });
  }
  try {
    const expression = readExpression(part.inside);
    const bindings = userVariables(Object.fromEntries(sources.values));
    return await evaluateInScope(expression, sources.scope, bindings, undefined, sources.budget);
  } catch (error) {
    throw toNodeError(error, field);
  }
}

function variableValue(name: string, { scope, values, secrets }: Sources, field: string): unknown {
  const given = lookUpName(scope, name);
  if (given !== undefined) return given;
  const value = values.get(name);
  if (value === undefined) {
    const message = `${field}: there is no variable ${name} that this execution may read.`;
    throw new NodeError('variable_missing', message, { details: { field, variable: name } });
  }
  if (value !== '') secrets.add(value);
  return value;
}

const SIMPLE_NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/** `name.field`, `node-1.items.0.id` and `items[0].id`, which need no evaluation. Node ids may have any letters and dashes. */
const PATH = /^[\p{L}\p{N}_$-]+(?:\.[\p{L}\p{N}_$-]+|\[\d{1,9}\])*$/u;

/**
 * Follows a path of names; null where it is none, begins with a name that nothing has, or selects from many at once,
 * which is for the language to do.
 */
export function followPath(text: string, scope: NodeScope): { value: unknown } | null {
  if (!PATH.test(text)) return null;
  const [name, ...steps] = text.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  let value = lookUpName(scope, name!);
  if (value === undefined) return FIXED.has(name!) ? { value: undefined } : null;
  for (const step of steps) {
    if (Array.isArray(value) && !/^\d+$/.test(step)) return null;
    value = ownValue(value, step);
  }
  return { value };
}

/** Names that are known although they may have no value. */
const FIXED = new Set(['input', 'inputs', 'trigger', 'context', 'variables', 'item', 'index', 'user_id']);
