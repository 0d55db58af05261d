import { expect, test } from 'vitest';
import { deriveKey, equalBytes, hmac, open, randomToken, seal, sha256 } from '../../src/core/crypto.ts';

const SECRET = 'a secret of the deployment, of 32 characters or more';
const key = deriveKey(SECRET, 'test');

test('every purpose and every secret has a key of its own', () => {
  expect(key).toHaveLength(32);
  expect(deriveKey(SECRET, 'test')).toEqual(key);
  expect(deriveKey(SECRET, 'test2')).not.toEqual(key);
  expect(deriveKey(`${SECRET}!`, 'test')).not.toEqual(key);
});

test('a sealed text opens in its place alone', async () => {
  const sealed = await seal(key, 'olá, secret', 'row-1');
  expect(sealed).toMatch(/^[\w-]+$/);
  expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('secret');
  expect(await open(key, sealed, 'row-1')).toBe('olá, secret');
  await expect(open(key, sealed, 'row-2')).rejects.toThrow();
  await expect(open(deriveKey(SECRET, 'other'), sealed, 'row-1')).rejects.toThrow();
});

test('a sealed text that was changed anywhere does not open', async () => {
  const bytes = Buffer.from(await seal(key, 'secret', 'row'), 'base64url');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1;
    await expect(open(key, changed.toString('base64url'), 'row')).rejects.toThrow();
  }
  for (const text of ['', 'x', bytes.subarray(0, 20).toString('base64url')]) {
    await expect(open(key, text, 'row')).rejects.toThrow();
  }
});

test('the same text is sealed differently each time', async () => {
  const texts = await Promise.all(Array.from({ length: 20 }, () => seal(key, 'same', 'row')));
  expect(new Set(texts).size).toBe(20);
});

test('hashes are those of the standards', () => {
  // FIPS 180-4, "abc"; RFC 4231, test case 2.
  expect(Buffer.from(sha256('abc'), 'base64url').toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  expect(hmac(Buffer.from('Jefe'), 'what do ya want for nothing?').toString('hex')).toBe(
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
});

test('parts of a keyed hash do not run into each other', () => {
  expect(hmac(key, 'ab', 'c')).not.toEqual(hmac(key, 'a', 'bc'));
});

test('tokens are 256 bits that do not repeat', () => {
  const tokens = Array.from({ length: 100 }, randomToken);
  expect(new Set(tokens).size).toBe(100);
  for (const token of tokens) expect(Buffer.from(token, 'base64url')).toHaveLength(32);
});

test('bytes are equal when they are, whatever their lengths', () => {
  expect(equalBytes(Buffer.from('same'), Buffer.from('same'))).toBe(true);
  expect(equalBytes(Buffer.from('same'), Buffer.from('sane'))).toBe(false);
  expect(equalBytes(Buffer.from('same'), Buffer.from('same!'))).toBe(false);
});
