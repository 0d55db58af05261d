import type { Ctx } from '../../../context.ts';
import type { Origin } from '../origin.ts';
import { DEFAULT_TIMEOUT_S } from './schemas.ts';
import { CHECK_AFTER_S, startExecution, type Started, type Wanted } from './start-execution.ts';

/** What a trigger of a workflow says about the executions that it starts. */
export type Triggered = Pick<Wanted, 'workflowId' | 'inputData'> & { origin: Origin } & Partial<Wanted>;

const STANDARD = {
  version: null,
  priority: 5,
  contextData: null,
  variables: null,
  grantedVariables: [],
  timeoutSeconds: DEFAULT_TIMEOUT_S,
  autoRetry: true,
  maxRetries: 3,
  notifyOnCompletion: false,
  notifyOnFailure: true,
  tags: [],
  metadata: null,
  checkAfter: CHECK_AFTER_S,
};

/**
 * Starts an execution for a trigger, in a context of whomever it acts for.
 * @param id made from what has happened, so that the same starts it once only
 * @throws {AppError} as {@link startExecution}
 */
export const startTriggered = (ctx: Ctx, wanted: Triggered, id: string): Promise<Started> =>
  startExecution(ctx, { ...STANDARD, ...wanted }, { id });
