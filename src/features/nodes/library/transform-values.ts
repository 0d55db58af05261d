import { checkJson, type SchemaFault } from '../../../core/json-schema.ts';
import { matchesPattern } from '../../../core/safe-regex.ts';
import { readPath, toNumber } from './compare.ts';
import { NodeError, type RunMeans } from './node-type.ts';
import type { TransformConfig } from './transform-config.ts';
import { isTruthy } from './truth.ts';

const SIMPLE_PATH = /^\$?\.?[\w-]*(\.[\w-]+|\[\d+\])*$/;

/** What a path leads to, JSONPath among them; null where it leads nowhere. */
export async function extract(means: RunMeans, { path, paths }: TransformConfig, subject: unknown) {
  const one = async (text: string, field: string): Promise<unknown> => {
    const found = SIMPLE_PATH.test(text) ? readPath(subject, text) : undefined;
    return found ?? (await means.evaluate(fromJsonPath(text), field, {}, subject)) ?? null;
  };
  if (path !== undefined) return one(path, 'path');
  const found: [string, unknown][] = [];
  for (const [name, text] of Object.entries(paths!)) found.push([name, await one(text, `paths.${name}`)]);
  return Array.isArray(paths) ? found.map(([, value]) => value) : Object.fromEntries(found);
}

/** JSONPath (RFC 9535) as the language of expressions writes it, as far as both have the same. */
function fromJsonPath(path: string): string {
  if (!path.startsWith('$')) return path.replaceAll('[*]', '');
  const steps = path
    .slice(1)
    .replaceAll(/\.?\[\*\]/g, '')
    .replaceAll(/\[(['"])([^'"]*)\1\]/g, '.`$2`')
    .replaceAll(/\.\.(?=[\w`])/g, '.**.');
  return steps.startsWith('.') ? steps.slice(1) : `$${steps}`;
}

export function convert({ target_type: type, field }: TransformConfig, subject: unknown): unknown {
  const value = field === undefined ? subject : readPath(subject, field);
  switch (type!) {
    case 'string':
      return typeof value === 'object' ? JSON.stringify(value) : String(value ?? '');
    case 'number': {
      const number = typeof value === 'boolean' ? Number(value) : toNumber(value);
      if (number === null) throw cannotConvert('a number');
      return number;
    }
    case 'boolean':
      return typeof value === 'string' ? !/^(false|0|no|off|)$/i.test(value.trim()) : isTruthy(value);
    case 'array': {
      const parsed = parsedIf(value, '[');
      return Array.isArray(parsed) ? parsed : parsed === null || parsed === undefined ? [] : [parsed];
    }
    case 'object': {
      const parsed = parsedIf(value, '{');
      if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw cannotConvert('an object');
      return parsed;
    }
    case 'date':
      return toDate(value).toISOString();
  }
}

const cannotConvert = (what: string) => new NodeError('not_convertible', `What came in is not ${what}.`);

function parsedIf(value: unknown, opening: string): unknown {
  if (typeof value !== 'string' || !value.trim().startsWith(opening)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** Numbers up to this are seconds since 1970: as milliseconds they would be of the year 1973 and before. */
const SECONDS_LIMIT = 1e11;

function toDate(value: unknown): Date {
  const number = toNumber(value);
  const date = new Date(number === null ? String(value) : Math.abs(number) < SECONDS_LIMIT ? number * 1000 : number);
  if (Number.isNaN(date.getTime())) throw cannotConvert('a date');
  return date;
}

export function validate({ schema, rules, strict }: TransformConfig, subject: unknown) {
  const bySchema = schema ? checkJson(schema, subject) : null;
  if (bySchema?.valid === null) throw new NodeError('invalid_config', 'schema: takes too many steps to check');
  const faults: SchemaFault[] = [...(bySchema?.faults ?? []), ...brokenRules(rules ?? {}, subject)];
  if (strict && faults.length > 0) {
    const text = faults.map(({ path, message }) => `${path || 'the whole'} ${message}`).join('; ');
    throw new NodeError('not_valid', `What came in is not valid: ${text}.`, { details: { errors: faults } });
  }
  return { valid: faults.length === 0, errors: faults, data: subject ?? null };
}

function brokenRules(rules: NonNullable<TransformConfig['rules']>, subject: unknown): SchemaFault[] {
  return Object.entries(rules).flatMap(([field, rule]) => {
    const value = readPath(subject, field);
    const path = `/${field.replaceAll('.', '/')}`;
    if (value === undefined) return rule.required ? [{ path, message: 'must be there' }] : [];
    const names = { min: 'minimum', max: 'maximum', min_length: 'minLength', max_length: 'maxLength' } as const;
    const limits = Object.entries(names).flatMap(([name, keyword]) =>
      rule[name] === undefined ? [] : [[keyword, rule[name]] as const],
    );
    const schema = {
      ...(rule.type && { type: rule.type }),
      ...(rule.enum && { enum: rule.enum }),
      ...Object.fromEntries(limits),
    };
    const faults = checkJson(schema, value).faults.map(({ message }) => ({ path, message }));
    const isMissed = rule.pattern !== undefined && typeof value === 'string' && !matches(rule.pattern, value, field);
    return isMissed ? [...faults, { path, message: `must match ${rule.pattern}` }] : faults;
  });
}

function matches(pattern: string, text: string, field: string): boolean {
  try {
    return matchesPattern(pattern, text);
  } catch (cause) {
    throw new NodeError('invalid_config', `rules.${field}.pattern: ${(cause as Error).message}`, { cause });
  }
}

export async function custom(means: RunMeans, config: TransformConfig, subject: unknown): Promise<unknown> {
  const { function_name: name, format, code = config.expression } = config;
  if (name === undefined) return (await means.evaluate(code!, 'code', {}, subject)) ?? null;
  const value = config.field === undefined ? subject : readPath(subject, config.field);
  if (name === 'clean_text')
    return String(value ?? '')
      .replaceAll(/\s+/g, ' ')
      .trim();
  const date = toDate(value);
  if (format === undefined) return date.toISOString();
  const millis = date.getTime();
  return means.evaluate('$fromMillis($millis_given, $picture)', 'format', { millis_given: millis, picture: format });
}
