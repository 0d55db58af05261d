import { createRouter } from '../../http/router.ts';
import { accountsRouter } from './accounts/routes.ts';
import { diagnosticsRouter } from './diagnostics/routes.ts';
import { noticesRouter } from './notices/routes.ts';
import { personalTokensRouter } from './personal-tokens/routes.ts';
import { recoveryRouter } from './recovery/routes.ts';
import { sessionsRouter } from './sessions/routes.ts';
import { ticketsRouter } from './tickets/routes.ts';

export { actFor, findRefusals, type Initiator } from './identity/act-for.ts';
export { authenticator } from './identity/authenticator.ts';
export { verifyReaders } from './identity/verify-readers.ts';
export { purgeCredentials } from './jobs.ts';
export { Email } from './schemas.ts';
export { reserveOrRefuse } from './throttle/queries.ts';
export { mailSlot, senderSlot } from './throttle/rules.ts';
export { ACCESS_TOKEN_SECONDS } from './tokens/access-token.ts';

export const authRouter = createRouter();

for (const router of [
  accountsRouter,
  sessionsRouter,
  recoveryRouter,
  diagnosticsRouter,
  personalTokensRouter,
  ticketsRouter,
  noticesRouter,
])
  authRouter.route('/', router);
