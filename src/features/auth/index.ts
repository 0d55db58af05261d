import { createRouter } from '../../http/router.ts';
import { accountsRouter } from './accounts/routes.ts';
import { diagnosticsRouter } from './diagnostics/routes.ts';
import { recoveryRouter } from './recovery/routes.ts';
import { sessionsRouter } from './sessions/routes.ts';

export { authenticator } from './identity/authenticator.ts';
export { purgeCredentials } from './jobs.ts';

export const authRouter = createRouter();

for (const router of [accountsRouter, sessionsRouter, recoveryRouter, diagnosticsRouter]) authRouter.route('/', router);
