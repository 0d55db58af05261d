import { deriveKey, hmac, sha256 } from '../../../core/crypto.ts';
import type { Env } from '../../../env.ts';

/**
 * The token of a wait's link. It is made of the wait's id by a key of the deployment, so that it need not be kept and is
 * the same after an interruption; of what is kept, its digest, it cannot be made.
 */
export const tokenOf = ({ AUTH_SECRET }: Pick<Env, 'AUTH_SECRET'>, waitId: string): string =>
  hmac(deriveKey(AUTH_SECRET, 'execution-wait'), waitId).toString('base64url');

/** What is stored of a token; null for a text that cannot be one. */
export const digestOf = (token: string): string | null => (/^[\w-]{43}$/.test(token) ? sha256(token) : null);

export const linkOf = (env: Pick<Env, 'AUTH_SECRET' | 'API_URL'>, waitId: string): string =>
  `${env.API_URL.replace(/\/+$/, '')}/api/v1/callbacks/${tokenOf(env, waitId)}`;
