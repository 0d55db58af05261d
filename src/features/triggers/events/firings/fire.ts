import { fromPico, toPico } from '../../../../core/decimal.ts';
import { ExpressionError } from '../../../../core/expressions.ts';
import { AppError } from '../../../../core/errors.ts';
import { digestUuid } from '../../../../core/ids.ts';
import { HOUR } from '../../../../core/time.ts';
import type { Ctx } from '../../../../context.ts';
import { toRefusal } from '../../../../db/refusals.ts';
import { BY_REQUEST, startTriggered, type Origin } from '../../../executions/index.ts';
import { toPayload } from '../../../integrations/index.ts';
import { actForTrigger } from '../../acting.ts';
import { passes } from '../filter.ts';
import * as queries from './queries.ts';

/** What a trigger may start: a workflow that causes what it is started by would not end otherwise. */
const STARTS_PER_MINUTE = 60;

/** The same where executions cause one another, by their ends or by what they do, which can be seen. */
const DEEPEST = 8;

/** How long an event waits for room among the executions of its workspace. */
const PATIENCE_MS = HOUR;

type Outcome = Parameters<typeof queries.settleFiring>[2] | null;

/**
 * Decides on an event for a trigger, and starts the workflow where it is for that. Called again, it does what has not
 * been done: what is started has an id that is made of both.
 */
export async function fire(ctx: Ctx, firingId: string): Promise<void> {
  const pending = await queries.findPending(ctx.db, firingId);
  if (!pending) return;
  const outcome = await decide(ctx, pending);
  if (outcome) await queries.settleFiring(ctx.db, firingId, outcome);
}

const refused = (reason: string): Outcome => ({ outcome: 'refused', reason, executionId: null });

/** What becomes of it; null where it waits. */
async function decide(ctx: Ctx, pending: queries.Pending): Promise<Outcome> {
  const { firing, trigger, cause, isThere } = pending;
  const event = toEvent(pending);
  if (event === null) return refused('event_gone');
  if (!trigger.isActive) return refused('inactive');
  if (!isThere) return refused('workflow_gone');
  if (cause && cause.depth >= DEEPEST) return refused('too_deep');
  try {
    if (!(await passes(trigger.filter, event))) return { outcome: 'filtered' };
  } catch (error) {
    if (error instanceof ExpressionError) return refused(error.code);
    throw error;
  }
  const theirs = await actForTrigger(ctx, 'event_trigger', trigger);
  if (theirs === null) return refused('rights_lost');
  const executionId = digestUuid(trigger.id, firing.source);
  if (!(await queries.admitFiring(ctx.db, firing, executionId, STARTS_PER_MINUTE))) return refused('rate_limited');
  return start(theirs, pending, event, executionId);
}

async function start(
  theirs: Ctx,
  { firing, trigger, cause }: queries.Pending,
  event: Record<string, unknown>,
  executionId: string,
): Promise<Outcome> {
  const { workflowId, workflowVersion: version, priority, timeoutSeconds, grantedVariables } = trigger;
  const origin = originOf(trigger.id, cause);
  const wanted = { workflowId, version, priority, timeoutSeconds, grantedVariables, origin, inputData: event };
  try {
    await startTriggered(theirs, wanted, executionId);
    return { outcome: 'started', executionId };
  } catch (error) {
    const refusal = error instanceof AppError ? error : toRefusal(error);
    if (!refusal) throw error;
    const isPatient = refusal.code === 'queue_full' && Date.now() - firing.createdAt.getTime() < PATIENCE_MS;
    return isPatient ? { outcome: 'pending', reason: refusal.code } : refused(refusal.code);
  }
}

function originOf(triggerId: string, cause: queries.Cause | null): Origin {
  const origin = { ...BY_REQUEST, triggerType: 'event' as const, triggerId };
  if (cause === null) return origin;
  const line = { parentExecutionId: cause.id, rootExecutionId: cause.rootExecutionId ?? cause.id };
  return { ...origin, ...line, depth: cause.depth + 1 };
}

/** What the workflow is given: an activity as integrations send it, or how an execution ended. */
function toEvent({ firing, activity, cause: ended }: queries.Pending): Record<string, unknown> | null {
  if (activity) return toPayload(activity, firing.eventType);
  if (!ended) return null;
  return {
    type: firing.eventType,
    timestamp: (ended.completedAt ?? firing.createdAt).toISOString(),
    data: {
      execution_id: ended.id,
      workspace_id: firing.workspaceId,
      workflow_id: ended.workflowId,
      workflow_version: ended.workflowVersion,
      user_id: ended.createdBy,
      status: ended.status,
      trigger_type: ended.triggerType,
      trigger_id: ended.triggerId,
      retry_count: ended.retryCount,
      error_message: ended.errorMessage,
      error_details: ended.errorDetails,
      cost_usd: fromPico(toPico(ended.costUsd)),
      started_at: ended.startedAt?.toISOString() ?? null,
      completed_at: ended.completedAt?.toISOString() ?? null,
    },
  };
}
