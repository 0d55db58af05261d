import type { Ctx } from '../../context.ts';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import { UNKNOWN_ACCOUNT_HASH, verifyPassword } from '../../core/password.ts';
import { findAccountByLogin, type Account } from './queries.ts';
import { forgiveAttempts, reserveAttempt, type Forgiveness } from './throttle/queries.ts';
import { accountSlot, addressSlot } from './throttle/rules.ts';

/** An account that has proved itself. `forgiven` belongs into the batch of what follows: it takes the attempt back. */
export type ProvenAccount = Account & { forgiven: ReturnType<typeof forgiveAttempts> };

/**
 * Checks a password, slowing guesses down: the attempt is counted before the password is hashed, for the account and for
 * the caller's network. An account that does not exist costs and answers the same as a wrong password.
 * @throws {AppError} `login_throttled`, `account_disabled`, or `refusal` where name or password are wrong.
 */
export async function checkPassword(
  ctx: Ctx,
  { login, password }: { login: string; password: string },
  refusal: ErrorCode = 'invalid_credentials',
): Promise<ProvenAccount> {
  const name = login.toLowerCase();
  const address = ctx.clientNetwork === null ? null : addressSlot(ctx.env, ctx.clientNetwork);
  const slots = [accountSlot(ctx.env, name), ...(address ? [address] : [])];
  const [reservation, [account]] = await ctx.db.batch([
    reserveAttempt(ctx.db, slots, address?.key ?? null),
    findAccountByLogin(ctx.db, name),
  ]);
  const { reserved, wait_seconds, address_attempts } = reservation.rows[0]!;
  if (reserved < slots.length) throw new AppError('login_throttled', { retryAfter: Math.max(wait_seconds ?? 1, 1) });
  const matches = await verifyPassword(password, account?.passwordHash ?? UNKNOWN_ACCOUNT_HASH);
  if (!account || !matches) throw new AppError(refusal);
  if (!account.user.isActive) throw new AppError('account_disabled');
  const forgiveness: Forgiveness = {
    accountKeys: accountKeysOf(ctx, account.user),
    addressKey: address?.key ?? null,
    addressAttempts: address_attempts,
  };
  return { ...account, forgiven: forgiveAttempts(ctx.db, forgiveness) };
}

/** Both names of an account: whichever was guessed at, a proof of identity clears them. */
export function accountKeysOf(ctx: Ctx, { email, username }: { email: string; username: string }): string[] {
  return [email, username].map((name) => accountSlot(ctx.env, name).key);
}
