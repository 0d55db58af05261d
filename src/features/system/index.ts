export { systemRouter } from './routes.ts';
