import { createRouter } from '../../http/router.ts';
import { firingsRouter } from './events/firings/routes.ts';
import { eventTriggersRouter } from './events/routes.ts';
import { schedulesRouter } from './schedules/routes.ts';
import { callsRouter } from './webhooks/calls/routes.ts';
import { receivingRouter } from './webhooks/receiving/routes.ts';
import { webhooksRouter } from './webhooks/routes.ts';
import { testingRouter } from './webhooks/testing/routes.ts';

export { fireActivity, fireEvent, purgeFirings, sweepFirings } from './events/firings/jobs.ts';
export { purgeOccurrences, runSchedules } from './schedules/due/jobs.ts';
export { purgeCalls } from './webhooks/calls/jobs.ts';
export { resealWebhooks } from './webhooks/secrets.ts';

export const triggersRouter = createRouter();

for (const router of [
  schedulesRouter,
  webhooksRouter,
  testingRouter,
  callsRouter,
  receivingRouter,
  eventTriggersRouter,
  firingsRouter,
]) {
  triggersRouter.route('/', router);
}
