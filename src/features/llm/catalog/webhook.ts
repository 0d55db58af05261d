import { AppError } from '../../../core/errors.ts';
import { isSignedWith } from '../../../core/webhook-signing.ts';
import type { Ctx } from '../../../context.ts';
import type { SignatureHeaders } from './schemas.ts';
import { refreshCatalog } from './service.ts';

const VARIABLE = 'CATALOG_WEBHOOK_SECRET';

/**
 * Takes word of a change past the API, from whoever has the secret; returns the version from which on copies are fresh.
 * What the message says of a version is not believed: one that will never come would keep every copy from being fresh.
 * @throws {AppError} `webhook_not_configured`, `invalid_signature`
 */
export async function receiveNotice(ctx: Ctx, headers: SignatureHeaders, body: string): Promise<number> {
  const secret = ctx.env[VARIABLE];
  if (!secret) throw new AppError('webhook_not_configured', { params: { variable: VARIABLE } });
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  const isSigned = id && timestamp && signatures;
  if (!isSigned || !isSignedWith({ id, timestamp, signatures, body }, secret, new Date())) {
    throw new AppError('invalid_signature');
  }
  return refreshCatalog(ctx);
}
