import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { Env } from '../../../env.ts';
import { keyFor } from './keys.ts';

export const ACCESS_TOKEN_SECONDS = 30 * 60;

const ALGORITHM = 'HS256';

/** `type` keeps any other token that is ever signed with this key from passing as an access token. */
const Claims = z.object({
  sub: z.string(),
  user_id: z.uuid(),
  sid: z.uuid(),
  type: z.literal('access'),
  iat: z.number(),
  exp: z.number(),
});

export type AccessClaims = { userId: string; sessionId: string; email: string };

/** A JWT (RFC 7519), for half an hour unless told otherwise. It holds only as long as its session does, which every look-up checks. */
export function createAccessToken(
  env: Env,
  { userId, sessionId, email }: AccessClaims,
  seconds = ACCESS_TOKEN_SECONDS,
): Promise<string> {
  return new SignJWT({ user_id: userId, sid: sessionId, type: 'access' })
    .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
    .setSubject(email)
    .setIssuedAt()
    .setExpirationTime(`${seconds}s`)
    .sign(keyFor(env, 'access-token'));
}

/** What a token says, if its signature, type and time hold. The algorithm is ours to say, not the token's. */
export async function readAccessToken(
  env: Env,
  token: string,
): Promise<{ userId: string; sessionId: string; expiresAt: Date } | null> {
  try {
    const { payload } = await jwtVerify(token, keyFor(env, 'access-token'), { algorithms: [ALGORITHM] });
    const claims = Claims.safeParse(payload);
    if (!claims.success) return null;
    return { userId: claims.data.user_id, sessionId: claims.data.sid, expiresAt: new Date(claims.data.exp * 1000) };
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}
