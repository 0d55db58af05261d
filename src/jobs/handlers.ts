import type { Ctx } from '../context.ts';
import { dropExecutions } from '../features/executions/index.ts';
import { deliverMessage } from '../features/integrations/index.ts';
import { settleCall, settleCalls } from '../features/llm/index.ts';
import { deliverMail } from '../features/mail/index.ts';
import { fireEvent } from '../features/triggers/index.ts';
import type { JobName, JobPayload } from '../platform/queue/catalog.ts';
import { followUpActivity } from './follow-up.ts';

/** Who handles each job. Delivery is at least once: every handler may run twice and must change nothing then. */
export const HANDLERS: { [N in JobName]: (ctx: Ctx, payload: JobPayload<N>) => Promise<void> } = {
  'activity.follow-up': followUpActivity,
  'executions.drop': dropExecutions,
  'event.fire': fireEvent,
  'integration.deliver': deliverMessage,
  'llm.settle': settleCall,
  'mail.deliver': deliverMail,
};

/**
 * Who handles several messages of a job at once, for less than one by one. They succeed together; where they do not,
 * each is handled by itself.
 */
export const JOINT_HANDLERS: { [N in JobName]?: (ctx: Ctx, payloads: JobPayload<N>[]) => Promise<void> } = {
  'llm.settle': settleCalls,
};
