type Schema = Record<string, unknown>;

/** Schemas may refer to themselves; beyond this depth only what is required is filled in. */
const DEPTH = 6;

/** A small value that a JSON Schema accepts, always the same one. */
export function sampleOf(schema: unknown, root: unknown = schema, depth = 0): unknown {
  if (typeof schema !== 'object' || schema === null) return {};
  const node = schema as Schema;
  if (typeof node.$ref === 'string')
    return depth > DEPTH * 2 ? null : sampleOf(resolve(node.$ref, root), root, depth + 1);
  if ('const' in node) return node.const;
  if (Array.isArray(node.enum)) return node.enum[0];
  if (Array.isArray(node.allOf)) return sampleOf(Object.assign({}, ...(node.allOf as Schema[])), root, depth + 1);
  const choices = (node.anyOf ?? node.oneOf) as unknown[] | undefined;
  if (choices) return sampleOf(choices[0], root, depth + 1);
  const type = Array.isArray(node.type) ? node.type[0] : node.type;
  switch (type) {
    case 'string':
      return sampleString(node);
    case 'integer':
    case 'number':
      return sampleNumber(node);
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array':
      return Array.from({ length: Number(node.minItems ?? (depth < DEPTH ? 1 : 0)) }, () =>
        sampleOf(node.items, root, depth + 1),
      );
    default:
      return sampleObject(node, root, depth);
  }
}

function sampleObject(node: Schema, root: unknown, depth: number): Schema {
  const required = (node.required ?? []) as string[];
  const properties = Object.entries((node.properties ?? {}) as Schema);
  const wanted = properties.filter(([name]) => depth < DEPTH || required.includes(name));
  return Object.fromEntries(wanted.map(([name, schema]) => [name, sampleOf(schema, root, depth + 1)]));
}

function sampleNumber(node: Schema): number {
  const lowest = node.minimum ?? (node.exclusiveMinimum === undefined ? undefined : Number(node.exclusiveMinimum) + 1);
  return Number(lowest ?? node.maximum ?? 1);
}

function sampleString(node: Schema): string {
  const formats: Record<string, string> = {
    date: '2026-01-01',
    'date-time': '2026-01-01T00:00:00.000Z',
    email: 'someone@example.com',
    uri: 'https://example.com/',
    uuid: '00000000-0000-4000-8000-000000000000',
  };
  const text = formats[String(node.format)] ?? 'text';
  return text.padEnd(Number(node.minLength ?? 0), '.').slice(0, Number(node.maxLength ?? Infinity));
}

function resolve(reference: string, root: unknown): unknown {
  const path = reference.replace(/^#\/?/, '').split('/').filter(Boolean);
  return path.reduce((node, key) => (node as Schema | undefined)?.[key], root);
}
