import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createKeyring, SecretUnreadable, type SecretPlace } from '../../src/core/keyring.ts';

const key = (id: string, bytes = 32) => `${id}:${randomBytes(bytes).toString('base64')}`;
const PLACE: SecretPlace = { table: 'user_variables', row: crypto.randomUUID(), workspace: crypto.randomUUID() };
const SECRET = 'sk-🔑-a secret\nof two lines';

describe('a sealed secret', () => {
  const keyring = createKeyring([key('k1')]);

  test.each(['', 'a', SECRET, 'x'.repeat(10_000)])('opens where it was sealed', async (secret) => {
    const sealed = await keyring.seal(secret, PLACE);
    expect(sealed).toMatch(/^k1\.[\w-]+$/);
    expect(await keyring.open(sealed, PLACE)).toBe(secret);
  });

  test('looks different every time, and like nothing it holds', async () => {
    const [one, other] = await Promise.all([keyring.seal(SECRET, PLACE), keyring.seal(SECRET, PLACE)]);
    expect(one).not.toBe(other);
    for (const form of ['utf8', 'base64', 'base64url', 'hex'] as const) {
      expect(one).not.toContain(Buffer.from(SECRET).toString(form).slice(0, 12));
    }
  });

  test.each(['table', 'row', 'workspace'] as const)('does not open in another %s', async (part) => {
    const sealed = await keyring.seal(SECRET, PLACE);
    await expect(keyring.open(sealed, { ...PLACE, [part]: 'another' })).rejects.toThrow(SecretUnreadable);
  });

  test('does not open when any byte of it was changed, or when it was cut', async () => {
    const sealed = await keyring.seal('short', PLACE);
    const bytes = Buffer.from(sealed.split('.')[1]!, 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      await expect(keyring.open(`k1.${changed.toString('base64url')}`, PLACE)).rejects.toThrow(SecretUnreadable);
    }
    for (const length of [0, 1, 12, bytes.length - 1]) {
      const cut = bytes.subarray(0, length).toString('base64url');
      await expect(keyring.open(`k1.${cut}`, PLACE)).rejects.toThrow(SecretUnreadable);
    }
  });

  test.each(['', 'k1', 'k1.', '.abc', 'plain text', 'k1.ä'])('is not %j', async (text) => {
    await expect(keyring.open(text, PLACE)).rejects.toThrow(SecretUnreadable);
  });
});

describe('rotation', () => {
  const [old, fresh] = [key('old'), key('new')];

  test('seals with the first key, and opens with all', async () => {
    const before = await createKeyring([old]).seal(SECRET, PLACE);
    const during = createKeyring([fresh, old]);
    expect(during.formerKeyIds).toEqual(['old']);
    expect(await during.open(before, PLACE)).toBe(SECRET);
    const after = await during.seal(SECRET, PLACE);
    expect(after).toMatch(/^new\./);
    expect(await createKeyring([fresh]).open(after, PLACE)).toBe(SECRET);
    await expect(createKeyring([fresh]).open(before, PLACE)).rejects.toThrow('no key old');
  });

  test('does not take another key of the same name, nor the right key under another name', async () => {
    const sealed = await createKeyring([old]).seal(SECRET, PLACE);
    await expect(createKeyring([key('old')]).open(sealed, PLACE)).rejects.toThrow(SecretUnreadable);
    const renamed = createKeyring([`renamed:${old.split(':')[1]}`]);
    await expect(renamed.open(sealed.replace('old', 'renamed'), PLACE)).rejects.toThrow(SecretUnreadable);
  });
});

test.each([
  ['none', []],
  ['one that is short', [key('a', 16)]],
  ['one that is long', [key('a', 33)]],
  ['one without an id', [key('')]],
  ['one without a key', ['a']],
  ['one that is no base64', ['a:not base64']],
  ['an id twice', [key('a'), key('a')]],
])('keys with %s make no keyring, and are not quoted', (_, entries) => {
  const make = () => createKeyring(entries);
  expect(make).toThrow(TypeError);
  for (const entry of entries) expect(make).not.toThrow(entry.split(':')[1] || 'nothing');
});
