import { createRouter } from '../../http/router.ts';
import { schedulesRouter } from './schedules/routes.ts';

export { purgeOccurrences, runSchedules } from './schedules/due/jobs.ts';

export const triggersRouter = createRouter();

for (const router of [schedulesRouter]) triggersRouter.route('/', router);
