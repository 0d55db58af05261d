import { randomBytes, scrypt } from 'node:crypto';
import { equalBytes } from './crypto.ts';

/** OWASP's scrypt parameters for the memory of a Worker: as strong as N = 2^17, r = 8, p = 1, in 16 MiB. */
const COST = { log2N: 14, r: 8, p: 5 };
const KEY_BYTES = 32;

type Cost = typeof COST;

function derive(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  const options = { N: 2 ** cost.log2N, r: cost.r, p: cost.p, maxmem: 64 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    // NFKC, so that the same password typed on another keyboard gives the same bytes.
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

const toBase64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');

const format = (cost: Cost, salt: Buffer, key: Buffer) =>
  `$scrypt$ln=${cost.log2N},r=${cost.r},p=${cost.p}$${toBase64(salt)}$${toBase64(key)}`;

/** Hashes a password into a PHC string, which carries its own parameters. Takes about 0.2 s of CPU. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return format(COST, salt, await derive(password, salt, COST));
}

const PHC = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** A well-formed hash that no password is known for: checking it costs what checking a real one does. */
export const UNKNOWN_ACCOUNT_HASH = format(COST, Buffer.alloc(16), Buffer.alloc(KEY_BYTES));

export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const [, log2N, r, p, salt, key] = PHC.exec(hash) ?? [];
  if (!salt || !key) return false;
  const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) };
  return equalBytes(await derive(password, Buffer.from(salt, 'base64'), cost), Buffer.from(key, 'base64'));
}
