import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { buildDocument, DOCUMENT_FILE } from '../../local/build-openapi.ts';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { TAGS } from '../../src/http/tags.ts';
import { isOpenai } from '../helpers/answers.ts';
import { DOCUMENT, isWebSocket, OPERATIONS, type Schema } from '../helpers/document.ts';

test('src/openapi.json is the document of this source; `npm run openapi` writes it', () => {
  expect(readFileSync(DOCUMENT_FILE, 'utf8')).toBe(buildDocument());
  expect(buildDocument()).toBe(buildDocument());
});

const ACCESSES = [...Object.keys(PERMISSIONS), 'public', 'signature', 'identity', 'account', 'superuser'];

describe('every operation', () => {
  test('has an id of its own, a verb and a noun', () => {
    const ids = OPERATIONS.map(({ operationId }) => operationId);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z]+([A-Z][a-z\d]*)+$/.test(id))).toEqual([]);
  });

  test.each(OPERATIONS)('$operationId is described', (operation) => {
    expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
    expect(operation.tags).toHaveLength(1);
    expect(ACCESSES).toContain(operation['x-access']);
    expect(operation.security.length > 0).toBe(operation['x-access'] !== 'public');
    expect(operation.path).toMatch(/^\/([^/]+(\/[^/]+)*)?$/);
    const named = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const described = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
    expect(described.toSorted()).toEqual(named.toSorted());
    const success = Object.keys(operation.responses).filter((status) => /^[123]/.test(status));
    expect(success.length).toBeGreaterThan(0);
    expect(Object.values(operation.responses).filter(({ description }) => !description)).toEqual([]);
  });

  test('answers and takes named schemas', () => {
    expect(OPERATIONS.flatMap(unnamedSchemas)).toEqual([]);
  });

  test('stands in a section that is described, and every section has some', () => {
    const used = new Set(OPERATIONS.flatMap(({ tags }) => tags));
    expect(DOCUMENT.tags.map(({ name }) => name)).toEqual(Object.keys(TAGS));
    expect([...used].toSorted()).toEqual(Object.keys(TAGS).toSorted());
  });
});

/** Media types of an operation whose schema has no name; arrays, maps and texts are named by what is in them. */
function unnamedSchemas(operation: (typeof OPERATIONS)[number]): string[] {
  const contents = [
    operation.requestBody?.content,
    ...Object.values(operation.responses).map(({ content }) => content),
  ];
  return contents
    .flatMap((content) => Object.values(content ?? {}))
    .filter(({ schema }) => schema && !isNamed(schema))
    .map(() => `${operation.operationId} has a schema without a name`);
}

function isNamed(schema: Schema): boolean {
  if ('$ref' in schema) return true;
  if (schema.type === 'array') return isNamed(schema.items as Schema);
  return schema.type === 'string';
}

describe('every field', () => {
  const components = Object.entries(DOCUMENT.components.schemas as Record<string, Schema>);

  test.each(components)(
    'of %s says what it is, by a description, an example, or a name that needs none',
    (_, schema) => {
      expect(silentFields(schema)).toEqual([]);
    },
  );
});

/** Texts, at every depth, with neither description nor example, whose name leaves open what stands in them. */
function silentFields(schema: Schema): string[] {
  const fields = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  const below = fields.flatMap(([name, field]) => silentFields(field).map((inner) => `${name}.${inner}`));
  const items = schema.items ? silentFields(schema.items as Schema) : [];
  const silent = fields.filter(([, field]) => [field.type].flat().includes('string') && !saysWhatItIs(field));
  return [...silent.map(([name]) => name), ...below, ...items];
}

const saysWhatItIs = ({ description, example, enum: choices, const: constant, format }: Schema) =>
  [description, example, choices, constant, format].some((hint) => hint !== undefined);

test('errors that every operation of a kind may answer are described', () => {
  const lacking = OPERATIONS.filter((operation) => {
    const wanted = ['429', '500', '503', ...(operation['x-access'] === 'public' ? [] : ['401'])];
    // OpenAI has one status for all that a body may have wrong.
    if (operation.requestBody) wanted.push('400', '413', '415', ...(isOpenai(operation.path) ? [] : ['422']));
    if (operation['x-access'] in PERMISSIONS) wanted.push('403', '404');
    return wanted.some((status) => !(status in operation.responses));
  });
  expect(lacking.filter((operation) => !isWebSocket(operation)).map(({ operationId }) => operationId)).toEqual([]);
});
