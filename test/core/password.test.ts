import { scryptSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { hashPassword, UNKNOWN_ACCOUNT_HASH, verifyPassword } from '../../src/core/password.ts';

const PHC = /^\$scrypt\$ln=14,r=8,p=5\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/;

test('a hash names its parameters, is salted, and fits its password alone', async () => {
  const [one, other] = await Promise.all([hashPassword('Correct.Horse.7'), hashPassword('Correct.Horse.7')]);
  expect(one).toMatch(PHC);
  expect(one).not.toBe(other);
  expect(await verifyPassword('Correct.Horse.7', one)).toBe(true);
  for (const wrong of ['correct.horse.7', 'Correct.Horse.7 ', '']) {
    expect(await verifyPassword(wrong, one)).toBe(false);
  }
});

test('is scrypt (RFC 7914) of the UTF-8 text', async () => {
  const salt = Buffer.from('0123456789abcdef');
  const key = scryptSync('sénha', salt, 32, { N: 2 ** 10, r: 8, p: 1 });
  const unpadded = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
  // Older or newer costs than today's are read from the hash itself.
  const hash = `$scrypt$ln=10,r=8,p=1$${unpadded(salt)}$${unpadded(key)}`;
  expect(await verifyPassword('sénha', hash)).toBe(true);
  expect(await verifyPassword('senha', hash)).toBe(false);
});

test('the same letters typed in another way are the same password', async () => {
  const hash = await hashPassword('ça va \u00e9');
  expect(await verifyPassword('c\u0327a va e\u0301', hash)).toBe(true);
});

test('the hash of unknown accounts is as costly as any, and fits nothing', async () => {
  expect(UNKNOWN_ACCOUNT_HASH).toMatch(PHC);
  expect(await verifyPassword('', UNKNOWN_ACCOUNT_HASH)).toBe(false);
});

test.each(['', 'plain', '$2b$12$abcdefghijklmnopqrstuv', '$scrypt$ln=14,r=8,p=5$$', '$scrypt$ln=x,r=8,p=5$AA$AA'])(
  'a hash of another kind fits nothing: %j',
  async (hash) => {
    expect(await verifyPassword('anything', hash)).toBe(false);
  },
);
