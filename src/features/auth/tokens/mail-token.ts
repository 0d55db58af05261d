import { randomToken, sha256 } from '../../../core/crypto.ts';
import { DAY, HOUR } from '../../../core/time.ts';

export type MailTokenPurpose = 'verify_email' | 'reset_password';

export const MAIL_TOKEN_MS: Record<MailTokenPurpose, number> = { verify_email: DAY, reset_password: HOUR };

/** A new token and what is stored of it. 256 random bits need no slow hash. */
export function createMailToken(): { token: string; tokenHash: string } {
  const token = randomToken();
  return { token, tokenHash: hashMailToken(token) };
}

export const hashMailToken = (token: string) => sha256(token);
