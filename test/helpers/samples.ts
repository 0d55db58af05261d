import { resolve, type Operation, type Parameter, type Schema } from './document.ts';

/** A value that a schema describes: its example where it has one. */
export function sampleOf(schema: Schema): unknown {
  const node = resolve(schema);
  for (const keyword of ['example', 'default', 'const']) if (keyword in node) return node[keyword];
  const choices = (node.enum ?? node.examples) as unknown[] | undefined;
  if (choices) return choices[0];
  const branches = (node.anyOf ?? node.oneOf) as Schema[] | undefined;
  if (branches) return sampleOf(branches[0]!);
  if (node.allOf) return Object.assign({}, ...(node.allOf as Schema[]).map(sampleOf));
  switch ([node.type].flat()[0]) {
    case 'object':
      return sampleObject(node);
    case 'array':
      return Array.from({ length: Number(node.minItems ?? 0) }, () => sampleOf(node.items as Schema));
    case 'integer':
    case 'number':
      return node.minimum ?? 0;
    case 'boolean':
      return true;
    case 'string':
      return sampleText(node);
    default:
      return null;
  }
}

/** Required properties alone: the smallest request that says something. */
function sampleObject({ properties = {}, required = [] }: Schema): Record<string, unknown> {
  const names = required as string[];
  return Object.fromEntries(names.map((name) => [name, sampleOf((properties as Record<string, Schema>)[name]!)]));
}

function sampleText({ format, minLength = 1 }: Schema): string {
  if (format === 'uuid') return crypto.randomUUID();
  if (format === 'email') return 'somebody@example.test';
  if (format === 'date-time') return '2026-01-31T12:00:00.000Z';
  if (format === 'uri') return 'https://example.test/';
  return 'x'.repeat(Math.max(1, Number(minLength)));
}

/** The body that an operation takes, as JSON where it may be; undefined where it takes none. */
export function sampleBody(operation: Operation): unknown {
  // What is taken as it is, is a text as well as anything.
  if (operation.requestBody?.content['application/octet-stream']) return 'Sample';
  const schema = operation.requestBody?.content['application/json']?.schema;
  return schema && sampleOf(schema);
}

/** The path of an operation with each parameter filled in. */
export function fillPath(operation: Operation, value: (parameter: Parameter) => string): string {
  return operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = operation.parameters.find((known) => known.in === 'path' && known.name === name);
    return encodeURIComponent(value(parameter!));
  });
}

export const samplePath = (operation: Operation) => fillPath(operation, ({ schema }) => String(sampleOf(schema)));

/** Required query parameters. */
export function sampleQuery(operation: Operation): Record<string, string> {
  const needed = operation.parameters.filter((parameter) => parameter.in === 'query' && parameter.required);
  return Object.fromEntries(needed.map(({ name, schema }) => [name, String(sampleOf(schema))]));
}

/** Values that look like nothing that a client would mean, among them those that break parsers and databases. */
export const STRANGE_VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  '',
  'x',
  "' or 1=1 --",
  'with\0NUL',
  'lone \ud800 surrogate',
  'x'.repeat(20_000),
  '9999999-12-31T00:00:00Z',
  [],
  [[]],
  {},
  { $ne: null },
];

/** The body with each of its parts, at every depth, replaced by something strange. */
export function* strangeBodies(body: unknown): Generator<{ at: string; value: unknown; body: unknown }> {
  for (const path of pathsOf(body)) {
    for (const value of STRANGE_VALUES) yield { at: path.join('.'), value, body: replace(body, path, value) };
  }
}

type Path = (string | number)[];

function* pathsOf(value: unknown, path: Path = []): Generator<Path> {
  yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) yield* pathsOf(inner, [...path, key]);
}

function replace(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((item, at) => (String(at) === String(key) ? replace(item, rest, by) : item));
  const record = value as Record<string, unknown>;
  return { ...record, [key]: replace(record[key], rest, by) };
}

/** The body with every property that its schema knows, for reaching those that are not required. */
export function fullSample(schema: Schema, depth = 0): unknown {
  const node = resolve(schema);
  const properties = node.properties as Record<string, Schema> | undefined;
  if (!properties || depth > 3) return sampleOf(node);
  return Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, fullSample(inner, depth + 1)]));
}
