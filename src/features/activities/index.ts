export { ACTIVITIES, type ActivityAction } from './catalog.ts';
export { describeActivity, presentActivity, SOMEBODY } from './present.ts';
export { completeActivity, findActivities, findPendingActivity, type ActivityRow } from './queries.ts';
export { recordActivity, recordEach, recordOnce, type NewActivity } from './record.ts';
export { activitiesRouter } from './routes.ts';
export { Activity } from './schemas.ts';
export { sweepActivities } from './service.ts';
