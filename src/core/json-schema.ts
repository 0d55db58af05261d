import { readPointer, toPointer } from './json-pointer.ts';

/**
 * Checks values against JSON Schema (2020-12) by interpreting it: the runtime forbids generated code. Schema and value
 * are somebody else's, and small ones can ask for endless work, so steps are counted.
 */

type Schema = boolean | Record<string, unknown>;

export type SchemaFault = { path: string; message: string };

export type SchemaReport = {
  /** Null where it would take too many steps to say. */
  valid: boolean | null;
  /** The first faults, by JSON Pointer (RFC 6901). */
  faults: SchemaFault[];
  /** Keywords of the schema that were not looked at. */
  unchecked: string[];
};

const STEP_LIMIT = 100_000;
const FAULT_LIMIT = 10;

/** Patterns of others may take forever on a short text; the rest is rare, or only a note. */
const UNCHECKED = new Set(
  [
    ['pattern', 'patternProperties', 'propertyNames', 'format', 'contains', 'minProperties', 'maxProperties'],
    ['dependentRequired', 'dependentSchemas', 'unevaluatedItems', 'unevaluatedProperties', 'if', '$dynamicRef'],
  ].flat(),
);

/** Whether a value conforms to a schema. What a reference to nowhere stands for is allowed. */
export function checkJson(schema: Schema, value: unknown): SchemaReport {
  const check = new Check(schema);
  let valid: boolean | null;
  try {
    check.visit(schema, value, '');
    valid = check.faults.length === 0;
  } catch (error) {
    // The stack ends before the steps do where a schema refers to itself.
    if (!(error instanceof TooManySteps || error instanceof RangeError)) throw error;
    valid = null;
  }
  return { valid, faults: valid === null ? [] : check.faults, unchecked: [...check.unchecked].toSorted() };
}

class TooManySteps extends Error {}

class Check {
  faults: SchemaFault[] = [];
  readonly unchecked = new Set<string>();
  readonly #root: Schema;
  #steps = 0;

  constructor(root: Schema) {
    this.#root = root;
  }

  visit(schema: Schema, value: unknown, path: string): void {
    this.#step();
    if (schema === false) this.#demand(false, path, 'is not allowed');
    if (typeof schema === 'boolean') return;
    for (const keyword of Object.keys(schema)) if (UNCHECKED.has(keyword)) this.unchecked.add(keyword);
    if (typeof schema.$ref === 'string') this.visit(resolveReference(this.#root, schema.$ref), value, path);
    this.#checkKind(schema, value, path);
    this.#combine(schema, value, path);
    if (typeof value === 'string') this.#checkLength(schema, Array.from(value).length, path);
    if (typeof value === 'number') this.#checkNumber(schema, value, path);
    if (Array.isArray(value)) this.#checkItems(schema, value, path);
    if (isObject(value)) this.#checkProperties(schema, value, path);
  }

  #checkKind(schema: Record<string, unknown>, value: unknown, path: string): void {
    const types = schema.type === undefined ? [] : [schema.type].flat();
    this.#demand(
      types.length === 0 || types.some((type) => isOfType(value, type)),
      path,
      `must be ${types.join(' or ')}`,
    );
    const values = 'const' in schema ? [schema.const] : schema.enum;
    const isOne = !Array.isArray(values) || values.some((one) => this.#equal(one, value));
    this.#demand(isOne, path, 'must be one of the values that are allowed');
  }

  #combine({ allOf, anyOf, oneOf, not }: Record<string, unknown>, value: unknown, path: string): void {
    for (const one of schemasOf(allOf)) this.visit(one, value, path);
    const count = (of: unknown) => schemasOf(of).filter((one) => this.#holds(one, value)).length;
    this.#demand(anyOf === undefined || count(anyOf) > 0, path, 'must match one of anyOf');
    this.#demand(oneOf === undefined || count(oneOf) === 1, path, 'must match exactly one of oneOf');
    this.#demand(not === undefined || count([not]) === 0, path, 'must not match not');
  }

  #checkLength({ minLength: least, maxLength: most }: Record<string, unknown>, length: number, path: string): void {
    this.#demand(!isNumber(least) || length >= least, path, `must have at least ${least} characters`);
    this.#demand(!isNumber(most) || length <= most, path, `must have at most ${most} characters`);
  }

  #checkNumber(schema: Record<string, unknown>, value: number, path: string): void {
    const { minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below, multipleOf: unit } = schema;
    this.#demand(!isNumber(minimum) || value >= minimum, path, `must be at least ${minimum}`);
    this.#demand(!isNumber(maximum) || value <= maximum, path, `must be at most ${maximum}`);
    this.#demand(!isNumber(above) || value > above, path, `must be more than ${above}`);
    this.#demand(!isNumber(below) || value < below, path, `must be less than ${below}`);
    this.#demand(!isNumber(unit) || isMultiple(value, unit), path, `must be a multiple of ${unit}`);
  }

  #checkItems(schema: Record<string, unknown>, items: unknown[], path: string): void {
    const { minItems: least, maxItems: most } = schema;
    this.#demand(!isNumber(least) || items.length >= least, path, `must have at least ${least} items`);
    this.#demand(!isNumber(most) || items.length <= most, path, `must have at most ${most} items`);
    if (schema.uniqueItems === true) {
      const repeated = items.some((item, at) => items.slice(0, at).some((other) => this.#equal(item, other)));
      this.#demand(!repeated, path, 'must not have equal items');
    }
    const first = schemasOf(schema.prefixItems);
    const rest = isSchema(schema.items) ? schema.items : true;
    for (const [at, item] of items.entries()) this.visit(first[at] ?? rest, item, `${path}/${at}`);
  }

  #checkProperties(schema: Record<string, unknown>, value: Record<string, unknown>, path: string): void {
    for (const name of Array.isArray(schema.required) ? schema.required : []) {
      this.#demand(Object.hasOwn(value, name), path, `must have ${name}`);
    }
    const known = isObject(schema.properties) ? schema.properties : {};
    // Which names a pattern allows is not looked at, so that none can be said to be one too many.
    const others = schema.patternProperties === undefined ? schema.additionalProperties : true;
    for (const [name, property] of Object.entries(value)) {
      const own = Object.hasOwn(known, name) ? known[name] : others;
      this.visit(isSchema(own) ? own : true, property, path + toPointer([name]));
    }
  }

  /** Whether a value conforms, without a word on why not. */
  #holds(schema: Schema, value: unknown): boolean {
    const outer = this.faults;
    this.faults = [];
    this.visit(schema, value, '');
    const holds = this.faults.length === 0;
    this.faults = outer;
    return holds;
  }

  #equal(a: unknown, b: unknown): boolean {
    this.#step();
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
    const names = Object.keys(a);
    return (
      Array.isArray(a) === Array.isArray(b) &&
      names.length === Object.keys(b).length &&
      names.every((name) => Object.hasOwn(b, name) && this.#equal(a[name as never], b[name as never]))
    );
  }

  #demand(holds: boolean, path: string, message: string): void {
    if (!holds && this.faults.length < FAULT_LIMIT) this.faults.push({ path, message });
  }

  #step(): void {
    if (++this.#steps > STEP_LIMIT) throw new TooManySteps();
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSchema = (value: unknown): value is Schema => typeof value === 'boolean' || isObject(value);

const isNumber = (value: unknown): value is number => typeof value === 'number';

const schemasOf = (value: unknown): Schema[] => (Array.isArray(value) ? value.filter(isSchema) : []);

/** Decimal fractions are not exact: 0.3 is a multiple of 0.1. */
function isMultiple(value: number, unit: number): boolean {
  const quotient = value / unit;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9 * Math.max(1, Math.abs(quotient));
}

function isOfType(value: unknown, type: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  return type === (value === null ? 'null' : typeof value);
}

/** What `#/…` means inside a schema. */
function resolveReference(root: Schema, reference: string): Schema {
  const node = readPointer(root, reference.replace(/^#/, ''));
  return isSchema(node) ? node : true;
}
