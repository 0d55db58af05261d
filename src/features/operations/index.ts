export { operationsRouter } from './routes.ts';
