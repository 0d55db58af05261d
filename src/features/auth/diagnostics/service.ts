import { requireUser, type UserActor } from '../../../core/actor.ts';
import type { Text } from '../../../core/locale.ts';
import type { Ctx } from '../../../context.ts';
import type { CredentialsTest, TokenTest } from './schemas.ts';

const WORKS: Text = { en: 'Your credentials work.', pt: 'Suas credenciais funcionam.' };
const NOTE: Text = {
  en: 'A bearer token costs less than Basic, whose password has to be checked.',
  pt: 'Um token bearer custa menos que Basic, cuja senha precisa ser verificada.',
};

/** Shows what the server makes of the caller's credentials. */
export function testToken(ctx: Ctx): TokenTest {
  const user = presentBriefly(requireUser(ctx.actor));
  return { message: WORKS[ctx.locale], user, timestamp: new Date().toISOString(), status: 'authenticated' };
}

/** The same, and by which of the supported ways they came. */
export function testCredentials(ctx: Ctx): CredentialsTest {
  const { actor, locale } = ctx;
  const user = requireUser(actor);
  const now = new Date();
  return {
    message: WORKS[locale],
    user: { ...presentBriefly(user), is_admin: user.isSuperuser },
    authentication: {
      status: 'authenticated',
      method: actor.kind === 'user' && actor.credential.kind === 'password' ? 'basic' : 'bearer',
      methods_supported: ['bearer', 'basic'],
      note: NOTE[locale],
    },
    timestamp: now.toISOString(),
    server_time: now.getTime() / 1000,
  };
}

const presentBriefly = ({ id, email, fullName, isActive, isVerified }: UserActor) => ({
  id,
  email,
  name: fullName,
  is_active: isActive,
  is_verified: isVerified,
});
