import { Validator } from '@cfworker/json-schema';
import { DOCUMENT, resolve, type Schema } from './document.ts';

/** Keywords whose value is one schema of an instance below. */
const BELOW = ['items', 'additionalProperties', 'contains'];
/** Keywords whose value is a list of schemas of the same instance. */
const BESIDE = ['allOf', 'anyOf', 'oneOf'];

/**
 * The schema, refusing properties that it does not name. A component that others extend by `allOf` must stay open, so
 * the refusal stands where an instance is expected, and counts what all branches named (`unevaluatedProperties`).
 */
function close(schema: Schema): Schema {
  const closed = closeBelow(schema);
  return namesProperties(schema) ? { ...closed, unevaluatedProperties: false } : closed;
}

function closeBelow(schema: Schema): Schema {
  const closed: Schema = {};
  for (const [keyword, value] of Object.entries(schema)) {
    // Examples are no schemas, but the validator would look for identifiers in them.
    if (keyword === 'example' || keyword === 'examples') continue;
    if (keyword === 'properties') closed[keyword] = mapValues(value as Record<string, Schema>, close);
    else if (BESIDE.includes(keyword)) closed[keyword] = (value as Schema[]).map(closeBelow);
    else if (BELOW.includes(keyword) && isSchema(value)) closed[keyword] = close(value);
    else if (keyword === 'prefixItems') closed[keyword] = (value as Schema[]).map(close);
    else closed[keyword] = value;
  }
  return closed;
}

/** Whether the schema lists the properties of an object. One that lists none describes a free form. */
function namesProperties(schema: Schema, depth = 0): boolean {
  if (depth > 10) return false;
  const target = resolve(schema);
  if ('additionalProperties' in target) return false;
  if ('properties' in target) return true;
  return BESIDE.flatMap((keyword) => (target[keyword] ?? []) as Schema[]).some((s) => namesProperties(s, depth + 1));
}

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;

function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

const schemas = DOCUMENT.components.schemas as Record<string, Schema>;
const components = { strict: { schemas: mapValues(schemas, closeBelow) }, lenient: { schemas } };
const validators = { strict: new WeakMap<Schema, Validator>(), lenient: new WeakMap<Schema, Validator>() };

/**
 * What is wrong with a value by a schema of the document, one line per fault; nothing when it fits. Requests may hold
 * properties that nobody knows (`lenient`), answers may not.
 */
export function findFaults(schema: Schema, value: unknown, mode: keyof typeof validators = 'strict'): string[] {
  let validator = validators[mode].get(schema);
  if (!validator) {
    const root = mode === 'strict' ? close(schema) : schema;
    validator = new Validator({ ...root, components: components[mode] }, '2020-12', false);
    validators[mode].set(schema, validator);
  }
  const { errors } = validator.validate(value);
  // Outer keywords only say that an inner one failed.
  const inner = errors.filter(({ keyword }) => !['properties', 'items', '$ref', 'allOf'].includes(keyword));
  return inner.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);
}
