import { expect, test } from 'vitest';
import { lintDocument } from '../../local/lint-openapi.ts';

/** A document with one operation, which answers what is given. */
const documentOf = (responses: object, operation: object = { operationId: 'getThing' }) =>
  JSON.stringify({
    openapi: '3.1.0',
    info: {
      title: 'A',
      version: '1',
      description: 'B',
      contact: { name: 'C' },
      license: { name: 'MIT', url: 'https://d' },
    },
    servers: [{ url: '/' }],
    tags: [{ name: 'C', description: 'D' }],
    paths: { '/things': { get: { tags: ['C'], summary: 'E', description: 'F', ...operation, responses } } },
  });

test.each(['101', '200', '308'])('%s is a success', async (status) => {
  expect(await lintDocument(documentOf({ [status]: { description: 'It works.' } }))).toEqual([]);
});

test('an operation that never succeeds is found, and one without an id', async () => {
  const findings = await lintDocument(documentOf({ 500: { description: 'It fails.' } }, {}));
  expect(findings).toEqual([
    expect.stringMatching(/^operation-operationId at paths\.\/things\.get:/),
    expect.stringMatching(/^operation-success-response at paths\.\/things\.get\.responses:/),
  ]);
});
