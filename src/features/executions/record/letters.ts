import { digestUuid } from '../../../core/ids.ts';
import type { Ctx } from '../../../context.ts';
import { queueLetter, type Letter } from '../../mail/index.ts';
import type { RunFacts } from '../runner/facts.ts';
import type { RunSpec } from '../runner/types.ts';
import { isUnwritten } from './queries.ts';

/** The letter to whoever started an execution and wanted to know how it ends; null where nobody did. */
export function letterOf(spec: RunSpec, { executionId, retryCount, status, error }: RunFacts): Letter | null {
  const id = digestUuid(executionId, 'letter', retryCount);
  if (status === 'completed' && spec.notifyOnCompletion) {
    return { id, template: 'execution_completed', parameters: { execution: executionId } };
  }
  if ((status === 'failed' || status === 'timeout') && spec.notifyOnFailure) {
    return { id, template: 'execution_failed', parameters: { execution: executionId, code: error?.code ?? status } };
  }
  return null;
}

/** The statement that queues it, which may run again. */
export const queueOnce = (ctx: Ctx, letter: Letter, { userId }: RunSpec) =>
  queueLetter(ctx, letter, isUnwritten(userId, letter.id));
