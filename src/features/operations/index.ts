export { purgeDeprecatedCalls, tellDeprecatedCallers } from './jobs.ts';
export { operationsRouter } from './routes.ts';
