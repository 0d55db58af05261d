import { digestUuid } from '../../core/ids.ts';

/** The id of a run of a node, the same with its runner as in the database. */
export const nodeExecutionId = (executionId: string, executionOrder: number): string =>
  digestUuid(executionId, 'node', executionOrder);
