import { describe, expect, test } from 'vitest';
import { checkVariables } from '../src/env.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const VALID = { DATABASE_URL: 'postgres://localhost', AUTH_SECRET: 'x'.repeat(32), ENCRYPTION_KEYS: `k1:${KEY}` };

describe('ENCRYPTION_KEYS', () => {
  const faultsOf = (value: string | undefined) => checkVariables({ ...VALID, ENCRYPTION_KEYS: value });

  test.each([`k1:${KEY}`, `k1:${KEY.replace('=', '')}`, `k-2:${KEY}, k_1:${KEY}`, `a:${'-_'.repeat(21)}w`])(
    'takes %s',
    (value) => {
      expect(faultsOf(value)).toEqual([]);
    },
  );

  test.each([
    undefined,
    '',
    ' , ',
    'k1',
    `:${KEY}`,
    KEY,
    `k1:${KEY}x`,
    'k1:c2hvcnQ=',
    `k.1:${KEY}`,
    `k1:${KEY},k1:${KEY}`,
  ])('refuses %j in one line that does not quote it', (value) => {
    const faults = faultsOf(value);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^ENCRYPTION_KEYS(\.\d+)?: must /);
    expect(faults[0]).not.toContain(KEY.slice(0, 8));
  });
});

describe('OUTGOING_ALLOW_PRIVATE', () => {
  test.each(['', 'localhost', 'localhost:8080, 127.0.0.1', '[::1]:9000,db.internal'])('takes %j', (value) => {
    expect(checkVariables({ ...VALID, OUTGOING_ALLOW_PRIVATE: value })).toEqual([]);
  });

  test.each(['*', '10.0.0.0/8', 'http://localhost', 'user@host', 'a b'])('refuses %j', (value) => {
    const [fault] = checkVariables({ ...VALID, OUTGOING_ALLOW_PRIVATE: value });
    expect(fault).toBe('OUTGOING_ALLOW_PRIVATE.0: must be host or host:port');
  });
});

test('OUTGOING_DNS_URL must be https', () => {
  expect(checkVariables({ ...VALID, OUTGOING_DNS_URL: 'http://127.0.0.1/dns-query' })).toHaveLength(1);
  expect(checkVariables({ ...VALID, OUTGOING_DNS_URL: 'https://dns.quad9.net/dns-query' })).toEqual([]);
});
