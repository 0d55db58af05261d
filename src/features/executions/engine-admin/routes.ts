import type { Text } from '../../../core/locale.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { message } from '../../../http/messages.ts';
import { json } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { EngineChanged, EngineStatus } from './schemas.ts';
import { getEngineStatus, setEngineRunning } from './service.ts';

export const engineAdminRouter = createRouter();

const TAG = 'Executions';
const BASE = '/api/v1/executions/admin';

engineAdminRouter.openapi(
  endpoint({
    method: 'get',
    path: `${BASE}/engine-status`,
    operationId: 'getEngineStatus',
    summary: 'See whether executions run on this platform',
    tag: TAG,
    access: 'superuser',
    responses: { 200: json('The engine.', EngineStatus) },
  }),
  async (c) => c.json(await getEngineStatus(c.var.ctx), 200),
);

const CHANGES = [
  ['start', 'startEngine', 'Let executions begin', true, { en: 'Executions begin.', pt: 'Motor iniciado' }],
  [
    'stop',
    'stopEngine',
    'Let no executions begin',
    false,
    { en: 'No executions begin; what runs goes on.', pt: 'Motor parado; o que já está em execução continua' },
  ],
] as const satisfies [string, string, string, boolean, Text][];

for (const [verb, operationId, summary, isRunning, done] of CHANGES) {
  engineAdminRouter.openapi(
    endpoint({
      method: 'post',
      path: `${BASE}/engine/${verb}`,
      operationId,
      summary,
      description: 'In all workspaces. What has begun goes on; what is started meanwhile waits.',
      tag: TAG,
      access: 'superuser',
      responses: { 200: json('It is so from now on.', EngineChanged) },
    }),
    async (c) => {
      await setEngineRunning(c.var.ctx, isRunning);
      return c.json({ success: true as const, ...message(c, done) }, 200);
    },
  );
}
