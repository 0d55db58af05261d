import { equalBytes, hmacBytes } from '../../../core/crypto.ts';
import type { Env } from '../../../env.ts';
import { keyFor } from './keys.ts';

/** Which token of which session. Each rotation raises the generation by one. */
export type RefreshClaim = { sessionId: string; generation: number };

/** 16 bytes of session, 4 of generation, 32 of HMAC: 52 bytes are 70 characters. */
const SIGNED_BYTES = 20;
const TOKEN = /^[A-Za-z0-9_-]{70}$/;

/** A token that can be computed again, so that nothing presentable need be stored. */
export function createRefreshToken(env: Env, { sessionId, generation }: RefreshClaim): string {
  const signed = Buffer.alloc(SIGNED_BYTES);
  signed.write(sessionId.replaceAll('-', ''), 'hex');
  signed.writeUInt32BE(generation, 16);
  return Buffer.concat([signed, hmacBytes(keyFor(env, 'refresh-token'), signed)]).toString('base64url');
}

/** Reads a token that this deployment made; null for any other, without asking the database. */
export function readRefreshToken(env: Env, token: string): RefreshClaim | null {
  if (!TOKEN.test(token)) return null;
  const bytes = Buffer.from(token, 'base64url');
  const signed = bytes.subarray(0, SIGNED_BYTES);
  if (!equalBytes(hmacBytes(keyFor(env, 'refresh-token'), signed), bytes.subarray(SIGNED_BYTES))) return null;
  const id = signed.toString('hex', 0, 16);
  const sessionId = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { sessionId, generation: signed.readUInt32BE(16) };
}
