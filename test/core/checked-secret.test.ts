import { expect, test } from 'vitest';
import { createCheckedSecret, isCheckedSecret } from '../../src/core/checked-secret.ts';

const PREFIX = 'syn_pat_';

test('a secret has the form that scanners look for, and passes its own check', () => {
  const secrets = Array.from({ length: 500 }, () => createCheckedSecret(PREFIX));
  expect(secrets.filter((secret) => !/^syn_pat_[0-9A-Za-z]{36}$/.test(secret))).toEqual([]);
  expect(secrets.filter((secret) => !isCheckedSecret(secret, PREFIX))).toEqual([]);
  expect(new Set(secrets).size).toBe(secrets.length);
});

test('the checksum is the CRC32 of the random part, in base62 with zeros leading', () => {
  // CRC32 of 30 zeros is 0x77e5db82 by zlib, which is 2C8GjS.
  expect(isCheckedSecret(`${PREFIX}${'0'.repeat(30)}2C8GjS`, PREFIX)).toBe(true);
});

test('every digit is as likely as any other', () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 2000; i++) {
    for (const digit of createCheckedSecret('').slice(0, 30)) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  }
  expect(counts.size).toBe(62);
  // 968 on average; a bias of a byte's remainder would be a quarter more for the first eight.
  const [least, most] = [Math.min(...counts.values()), Math.max(...counts.values())];
  expect(least).toBeGreaterThan(968 * 0.82);
  expect(most).toBeLessThan(968 * 1.18);
});

test('a change of any character is noticed', () => {
  const secret = createCheckedSecret(PREFIX);
  for (let at = 0; at < secret.length; at++) {
    const changed = secret.slice(0, at) + (secret[at] === 'x' ? 'y' : 'x') + secret.slice(at + 1);
    expect(isCheckedSecret(changed, PREFIX)).toBe(false);
  }
});

test.each(['', PREFIX, 'syn_tkt_', `${PREFIX}${'é'.repeat(36)}`, `${PREFIX}${' '.repeat(36)}`, 'x'.repeat(10_000)])(
  '%s is none',
  (text) => {
    expect(isCheckedSecret(text, PREFIX)).toBe(false);
    expect(isCheckedSecret(createCheckedSecret('syn_tkt_'), PREFIX)).toBe(false);
    expect(isCheckedSecret(`${createCheckedSecret(PREFIX)} `, PREFIX)).toBe(false);
  },
);
