import { createRouter } from '../../http/router.ts';
import { deliveriesRouter } from './deliveries/routes.ts';
import { integrationsRouter as configurationRouter } from './routes.ts';

export { deliverMessage, purgeDeliveries, queueDeliveries, sweepDeliveries } from './deliveries/jobs.ts';
export { EVENT_PATTERNS, patternsOf, toEventType } from './events.ts';
export { toPayload } from './deliveries/payload.ts';
export { resealIntegrations } from './secrets.ts';

export const integrationsRouter = createRouter();

for (const router of [configurationRouter, deliveriesRouter]) integrationsRouter.route('/', router);
