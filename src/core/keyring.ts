import { open, seal } from './crypto.ts';

/**
 * Where a secret stands. It is bound to the ciphertext (AES-GCM's additional data), so that one that is copied to
 * another row, table or workspace does not open there, whoever can write to the database.
 */
export type SecretPlace = { table: string; row: string; workspace: string };

/**
 * The keys that secrets of users are sealed with at rest. A sealed text is `keyId.ciphertext`, so that each can be
 * opened by its own key while a newer one seals.
 *
 * Rotation: add a key at the end and deploy, so that every isolate can open what others will seal with it; put it in
 * front and deploy; wait until every table is re-sealed (cron), then take the old one away.
 * Erasure: a row that is deleted lives on in backups, sealed under the key of its time. Once that key is taken away
 * and destroyed, no backup gives it back; the same, done at once, ends everything that was ever sealed.
 */
export type Keyring = {
  seal(text: string, place: SecretPlace): Promise<string>;
  /** @throws {SecretUnreadable} */
  open(sealed: string, place: SecretPlace): Promise<string>;
  /** Keys that still open, but no longer seal. */
  formerKeyIds: readonly string[];
};

/** A secret cannot be opened: its key was taken away, or it is not what was sealed for this place. */
export class SecretUnreadable extends Error {
  override readonly name = 'SecretUnreadable';
}

const KEY_BYTES = 32;

/**
 * Makes a keyring of `id:key` entries, each key 32 bytes in base64, the first being the current one.
 * @throws {TypeError} which never quotes a key
 */
export function createKeyring(entries: readonly string[]): Keyring {
  const keys = new Map(entries.map(parseEntry));
  const [current, ...former] = [...keys.keys()];
  if (current === undefined || keys.size < entries.length)
    throw new TypeError('the keyring lacks a key or repeats an id');
  return {
    formerKeyIds: former,
    async seal(text, place) {
      return `${current}.${await seal(keys.get(current)!, text, toContext(current, place))}`;
    },
    async open(sealed, place) {
      const keyId = keyIdOf(sealed);
      const key = keys.get(keyId);
      if (!key) throw new SecretUnreadable(`no key ${keyId}`);
      try {
        return await open(key, sealed.slice(keyId.length + 1), toContext(keyId, place));
      } catch (cause) {
        throw new SecretUnreadable('not sealed for this place', { cause });
      }
    },
  };
}

function parseEntry(entry: string): [id: string, key: Uint8Array] {
  const [id = '', text = ''] = entry.split(':', 2);
  const key = Buffer.from(text, 'base64');
  if (!/^[\w-]+$/.test(id) || key.byteLength !== KEY_BYTES) throw new TypeError('a key is not id:32 bytes in base64');
  return [id, key];
}

/** The key that a text was sealed with. */
const keyIdOf = (sealed: string) => sealed.split('.', 1)[0]!;

/** None of the parts may contain NUL, or two places could look the same. */
function toContext(keyId: string, { table, row, workspace }: SecretPlace): string {
  return ['secret', keyId, table, row, workspace].join('\0');
}
