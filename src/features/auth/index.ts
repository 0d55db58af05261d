import type { Authenticator } from '../../http/app-env.ts';
import { createRouter } from '../../http/router.ts';

export const authRouter = createRouter();
export const authenticator: Authenticator = {
  identify: async () => ({ kind: 'anonymous' }),
  authorize: async (_identity, _access, _workspace, ctx) => ctx.actor,
};
