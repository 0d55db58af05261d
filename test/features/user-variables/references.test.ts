import { describe, expect, test } from 'vitest';
import { findReferences, redactSecrets, resolveVariables } from '../../../src/features/user-variables/index.ts';

const VALUES: Record<string, string> = {
  TOKEN: 'secret-token',
  A: 'a',
  EMPTY: '',
  NESTED: '${TOKEN} {{TOKEN}}',
  DOLLARS: "$& $1 $' $$",
  constructor: 'never',
};

const lookup = (name: string) => (Object.hasOwn(VALUES, name) ? VALUES[name] : undefined);
const resolve = (text: string) => resolveVariables(text, lookup);

describe('a reference', () => {
  test.each([
    ['${TOKEN}', 'secret-token'],
    ['{{TOKEN}}', 'secret-token'],
    ['{{ TOKEN }}', 'secret-token'],
    ['Bearer ${TOKEN}, ${A}{{A}}', 'Bearer secret-token, aa'],
    ['{"key":"${TOKEN}"}', '{"key":"secret-token"}'],
    ['${EMPTY}', ''],
    ['${NESTED}', '${TOKEN} {{TOKEN}}'],
    ['${DOLLARS}', "$& $1 $' $$"],
    ['$${A}', '$a'],
    ['{{{A}}}', '{a}'],
    ['${{{A}}}', '${a}'],
  ])('in %j makes %j', (text, expected) => {
    expect(resolve(text)).toMatchObject({ text: expected, missing: [] });
  });

  test.each([
    '$TOKEN',
    '${token}',
    '{{token}}',
    '{{node.output}}',
    '{{ 1TOKEN }}',
    '${TOKEN',
    '{TOKEN}',
    '${ TOKEN }',
    '${constructor}',
    `\${${'A'.repeat(256)}}`,
    'no reference at all',
    '',
  ])('is not %j', (text) => {
    expect(resolve(text)).toEqual({ text, used: [], missing: [], secrets: [] });
  });

  test('that is missing stays and is reported, once', () => {
    expect(resolve('${GONE} {{GONE}} ${TOKEN} ${TOKEN}')).toEqual({
      text: '${GONE} {{GONE}} secret-token secret-token',
      used: ['TOKEN'],
      missing: ['GONE'],
      secrets: ['secret-token'],
    });
    expect(findReferences('${GONE} {{GONE}} ${TOKEN}')).toEqual(['GONE', 'TOKEN']);
  });

  test('is looked up once, however often it stands there', () => {
    let calls = 0;
    resolveVariables('${A}'.repeat(1000), () => `${++calls}`);
    expect(calls).toBe(1);
  });

  test('does not multiply a value without end, nor take long over a text that is made to', () => {
    const bomb = () => resolveVariables('${A}'.repeat(1000), () => 'x'.repeat(10_000));
    expect(bomb).toThrow(expect.objectContaining({ code: 'payload_too_large' }));
    const startedAt = performance.now();
    for (const text of [
      '{{'.repeat(300_000),
      '${'.repeat(300_000),
      `{{${' '.repeat(600_000)}`,
      '{{ A'.repeat(200_000),
    ]) {
      expect(resolve(text).used).toEqual([]);
    }
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe('redaction', () => {
  const secrets = ['s3cret/värde "x"\n', 'token-1', 'token-1-longer', 'abc'];

  test.each([
    ['GET /?k=token-1', 'GET /?k=****'],
    ['token-1-longer and token-1', '**** and ****'],
    [JSON.stringify({ a: secrets[0] }), '{"a":"****"}'],
    [`?q=${encodeURIComponent(secrets[0]!)}`, '?q=****'],
    [new URLSearchParams({ q: secrets[0]! }).toString(), 'q=****'],
    [Buffer.from(secrets[0]!).toString('base64url'), '****'],
    ['abc is too short to hide', 'abc is too short to hide'],
  ])('of %j leaves %j', (text, expected) => {
    expect(redactSecrets(text, secrets)).toBe(expected);
  });

  test('finds what resolving has put in', () => {
    const { text, secrets: used } = resolve('Authorization: Bearer ${TOKEN}');
    expect(redactSecrets(`failed: ${text}`, used)).toBe('failed: Authorization: Bearer ****');
  });
});
