import { methodNotAllowed } from 'hono/method-not-allowed';
import { AppError, notFound } from './core/errors.ts';
import { activitiesRouter } from './features/activities/index.ts';
import { auditRouter } from './features/audit/index.ts';
import { authenticator, authRouter } from './features/auth/index.ts';
import { billingRouter } from './features/billing/index.ts';
import { executionsRouter } from './features/executions/index.ts';
import { integrationsRouter } from './features/integrations/index.ts';
import {
  budgetsRouter,
  catalogRouter,
  circuitsRouter,
  endpointsRouter,
  llmRouter,
  llmSettingsRouter,
  openaiRouter,
  routingRouter,
  tokenCountRouter,
} from './features/llm/index.ts';
import { notificationsRouter } from './features/notifications/index.ts';
import { operationsRouter } from './features/operations/index.ts';
import { projectsRouter } from './features/projects/index.ts';
import { systemRouter } from './features/system/index.ts';
import { triggersRouter } from './features/triggers/index.ts';
import { usageRouter } from './features/usage/index.ts';
import { userVariablesRouter } from './features/user-variables/index.ts';
import { nodesRouter } from './features/nodes/index.ts';
import { workflowFilesRouter } from './features/workflow-files/index.ts';
import { workflowsRouter } from './features/workflows/index.ts';
import { invitationsRouter, workspacesRouter } from './features/workspaces/index.ts';
import { handleError } from './http/errors/handler.ts';
import { allowOrigins, secureAnswers } from './http/middleware/browser.ts';
import { limitBody } from './http/middleware/limits.ts';
import { logRequest } from './http/middleware/log-request.ts';
import { identifyRequest, provideContext } from './http/middleware/request-context.ts';
import { createRouter } from './http/router.ts';

const ROUTERS = [
  systemRouter,
  authRouter,
  invitationsRouter,
  workspacesRouter,
  activitiesRouter,
  auditRouter,
  projectsRouter,
  integrationsRouter,
  notificationsRouter,
  userVariablesRouter,
  budgetsRouter,
  llmSettingsRouter,
  catalogRouter,
  circuitsRouter,
  endpointsRouter,
  routingRouter,
  llmRouter,
  tokenCountRouter,
  openaiRouter,
  workflowFilesRouter,
  nodesRouter,
  workflowsRouter,
  usageRouter,
  billingRouter,
  executionsRouter,
  triggersRouter,
  operationsRouter,
];

export function createApp() {
  const app = createRouter();
  app.use(identifyRequest, logRequest, secureAnswers, allowOrigins, limitBody, provideContext(authenticator));
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) =>
        handleError(
          new AppError('method_not_allowed', {
            params: { methods: methods.join(', ') },
            headers: { Allow: methods.join(', ') },
          }),
          c,
        ),
    }),
  );
  for (const router of ROUTERS) app.route('/', router);
  app.notFound((c) => handleError(notFound('path'), c));
  app.onError(handleError);
  return app;
}
