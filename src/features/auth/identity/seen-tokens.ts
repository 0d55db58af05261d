import { MINUTE } from '../../../core/time.ts';

const REMEMBERED_MS = MINUTE;
const REMEMBERED_TOKENS = 10_000;

/** Hashes of tokens that were good within the last minute, in this isolate. They decide on no right. */
const seen = new Map<string, number>();

/**
 * Whether a token is one of ours, as far as this isolate knows. What anybody can make up must not bring a rate limit of
 * its own along.
 */
export const isSeenToken = (tokenHash: string): boolean => (seen.get(tokenHash) ?? 0) > Date.now();

export function rememberToken(tokenHash: string): void {
  seen.delete(tokenHash);
  if (seen.size >= REMEMBERED_TOKENS) seen.delete(seen.keys().next().value!);
  seen.set(tokenHash, Date.now() + REMEMBERED_MS);
}
