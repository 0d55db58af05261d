export { workspacesRouter } from './routes.ts';
