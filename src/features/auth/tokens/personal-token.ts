import { createCheckedSecret, isCheckedSecret } from '../../../core/checked-secret.ts';
import { sha256 } from '../../../core/crypto.ts';

/** For secret scanners: `syn_pat_[0-9A-Za-z]{36}`. */
const PREFIX = 'syn_pat_';

const HINT_LENGTH = 4;

/** A new token, and what is stored of it. 178 random bits need no slow hash: there is nothing to guess. */
export function createPersonalToken(): { token: string; tokenHash: string; hint: string } {
  const token = createCheckedSecret(PREFIX);
  return { token, tokenHash: sha256(token), hint: token.slice(-HINT_LENGTH) };
}

/** The hash under which a token would be stored; null for what cannot be one, without asking the database. */
export const readPersonalToken = (text: string): string | null => (isCheckedSecret(text, PREFIX) ? sha256(text) : null);
