import { createRouter } from '../../http/router.ts';
import { controlRouter } from './control/routes.ts';
import { detailRouter } from './detail/routes.ts';
import { engineAdminRouter } from './engine-admin/routes.ts';
import { liveRouter } from './live/routes.ts';
import { queueRouter } from './queue/routes.ts';
import { readRouter } from './read/routes.ts';
import { executionSettingsRouter } from './settings/routes.ts';
import { startRouter } from './start/routes.ts';
import { validationRouter } from './validation/routes.ts';
import { lineageRouter } from './lineage/routes.ts';
import { waitsRouter } from './waits/routes.ts';

export { answerReader, greetReader, tendChannel } from './live/readers.ts';
export { sweepExecutions } from './record/sweep.ts';
export type { RunSpec } from './runner/types.ts';

export const executionsRouter = createRouter();

// Fixed paths stand before those that an execution's id could be in.
for (const router of [
  startRouter,
  validationRouter,
  queueRouter,
  engineAdminRouter,
  executionSettingsRouter,
  readRouter,
  controlRouter,
  detailRouter,
  lineageRouter,
  liveRouter,
  waitsRouter,
])
  executionsRouter.route('/', router);
