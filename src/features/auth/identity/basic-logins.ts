import { hmac } from '../../../core/crypto.ts';
import { MINUTE, SECOND } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { keyFor } from '../tokens/keys.ts';

/** A Basic login that was right: whose it is, and the hash that it was right for. */
export type BasicLogin = { userId: string; passwordHash: string };

const REMEMBERED_MS = MINUTE;
const REMEMBERED_LOGINS = 1_000;

/** A check of the same credentials that another request runs is waited for so long, then made again. */
const SHARED_CHECK_MS = 5 * SECOND;

/** By a keyed hash of name and password: neither is kept. */
const remembered = new Map<string, BasicLogin & { until: number }>();
const running = new Map<string, Promise<BasicLogin>>();

const keyOf = (ctx: Ctx, login: string, password: string) =>
  hmac(keyFor(ctx.env, 'basic-logins'), login.toLowerCase(), password).toString('base64url');

/** A login of the last minute, so that not every request with Basic costs a password hash. */
export function recallBasicLogin(ctx: Ctx, login: string, password: string): BasicLogin | null {
  const key = keyOf(ctx, login, password);
  const found = remembered.get(key);
  if (found && found.until > Date.now()) return found;
  remembered.delete(key);
  return null;
}

/**
 * Runs `check` once for requests that bring the same credentials at the same time, so that a client which opens with
 * ten of them is not taken for one that guesses. Remembers the login if it is right, never if it is wrong.
 */
export async function checkBasicLogin(
  ctx: Ctx,
  login: string,
  password: string,
  check: () => Promise<BasicLogin>,
): Promise<BasicLogin> {
  const key = keyOf(ctx, login, password);
  const shared = running.get(key);
  const result = shared && (await Promise.race([shared, nothingAfter(SHARED_CHECK_MS)]));
  if (result) return result;
  const own = check()
    .then((checked) => remember(key, checked))
    .finally(() => running.delete(key));
  running.set(key, own);
  // Others may wait for it, even if the client that began it leaves.
  ctx.waitUntil(own.catch(() => {}));
  return own;
}

const nothingAfter = (ms: number) => new Promise<null>((resolve) => setTimeout(() => resolve(null), ms));

function remember(key: string, login: BasicLogin): BasicLogin {
  if (remembered.size >= REMEMBERED_LOGINS) remembered.delete(remembered.keys().next().value!);
  remembered.set(key, { ...login, until: Date.now() + REMEMBERED_MS });
  return login;
}

/** Forgets the logins of an account whose password changed. Other isolates notice by the hash, which differs. */
export function forgetBasicLogins(userId: string): void {
  for (const [key, login] of remembered) if (login.userId === userId) remembered.delete(key);
}
