import { createRouter } from '../../http/router.ts';
import { controlRouter } from './control/routes.ts';
import { detailRouter } from './detail/routes.ts';
import { diffRouter } from './diff/routes.ts';
import { engineAdminRouter } from './engine-admin/routes.ts';
import { liveRouter } from './live/routes.ts';
import { queueRouter } from './queue/routes.ts';
import { readRouter } from './read/routes.ts';
import { executionSettingsRouter } from './settings/routes.ts';
import { replayRouter } from './replay/routes.ts';
import { restartRouter } from './restart/routes.ts';
import { simulateRouter } from './simulate/routes.ts';
import { startRouter } from './start/routes.ts';
import { validationRouter } from './validation/routes.ts';
import { lineageRouter } from './lineage/routes.ts';
import { waitsRouter } from './waits/routes.ts';

export { answerReader, greetReader, tendChannel } from './live/readers.ts';
export { isOpen } from './queries.ts';
export { BY_REQUEST, type Origin } from './origin.ts';
export { dropExecutions, purgeExecutions } from './record/drop.ts';
export { wasRemoved } from './record/removed-queries.ts';
export { sweepExecutions } from './record/sweep.ts';
export type { RunSpec } from './runner/types.ts';
export { JsonMap, Priority } from './schemas.ts';
export { DEFAULT_TIMEOUT_S, Granted, Timeout, Version } from './start/schemas.ts';
export { awaitEnd } from './start/service.ts';
export { CHECK_AFTER_S, OPEN_LIMIT } from './start/start-execution.ts';
export { startTriggered } from './start/start-for.ts';
export { tellRunners, type Tidings } from './start/tell-runners.ts';

export const executionsRouter = createRouter();

// Fixed paths stand before those that an execution's id could be in.
for (const router of [
  startRouter,
  simulateRouter,
  validationRouter,
  queueRouter,
  engineAdminRouter,
  executionSettingsRouter,
  readRouter,
  controlRouter,
  restartRouter,
  replayRouter,
  diffRouter,
  detailRouter,
  lineageRouter,
  liveRouter,
  waitsRouter,
])
  executionsRouter.route('/', router);
