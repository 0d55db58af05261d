import type { Ctx } from '../../../context.ts';
import { MINUTE } from '../../../core/time.ts';
import { channelName } from '../../../platform/realtime/channels.ts';
import { budgetsOf } from '../budgets/stub.ts';
import { keepAnswer } from '../cache/cached-answers.ts';
import { keepContents } from '../contents/service.ts';
import type { SettledAttempt } from '../outcome.ts';
import { findUnsettledCalls, insertAttempt, markCallAbandoned, settleCallOnce, type SettledCall } from '../queries.ts';
import { compareAnswers } from '../routing/compare.ts';
import { llmStream } from '../stream-stub.ts';

/**
 * Writes the outcome of a call, and of each further attempt that it took, to the ledger and announces them on the
 * workspace's channel. It may run any number of times: the ledger takes the first, and the channel knows an event by the
 * id of its line.
 */
export async function settleCall(ctx: Ctx, { callId }: { callId: string }): Promise<void> {
  const call = llmStream(ctx.env, callId);
  const settlement = await call.settle();
  if (settlement.state === 'running') return;
  if (settlement.state === 'abandoned') return abandonCall(ctx, callId);
  const { attempts, status, endedAt, cache, shadowOf } = settlement;
  // Its first model was passed over: of the call itself there is nothing to log or to bill.
  if (!attempts.some((attempt) => attempt.callId === callId)) await abandonCall(ctx, callId);
  let line: SettledCall | undefined;
  for (const attempt of attempts) line = await settleAttempt(ctx, callId, attempt);
  const workspaceId = line?.workspace_id;
  if (line?.keeps_content) await keepContents(ctx, callId);
  if (workspaceId && cache && status === 'success') {
    await keepAnswer(ctx, { workspaceId, callId, answeredAt: endedAt }, cache);
  }
  const isCompared =
    !workspaceId || !shadowOf || (await compareAnswers(ctx, { workspaceId, shadowCallId: callId, ...shadowOf }));
  // Not forgotten before: its object will announce it again.
  if (!isCompared) return;
  await call.confirm();
}

async function settleAttempt(ctx: Ctx, rootCallId: string, attempt: SettledAttempt): Promise<SettledCall> {
  const { callId, outcome } = attempt;
  if (callId !== rootCallId) await insertAttempt(ctx.db, rootCallId, attempt);
  const line = await settleCallOnce(ctx.db, callId, outcome);
  if (!line) throw new Error(`call ${callId} was never recorded`);
  if (line.has_budget) await budgetsOf(ctx.env, line.workspace_id).settle(callId, line.cost_usd);
  // Members hear of calls, which a shadow is not.
  if (line.operation === 'shadow') return line;
  await ctx.channels.publish(channelName.workspace(line.workspace_id), {
    type: 'llm_usage',
    eventId: line.id,
    data: {
      usage_log_id: line.id,
      call_id: callId,
      user_id: line.user_id,
      provider: line.provider,
      model: line.model,
      input_tokens: outcome.inputTokens,
      output_tokens: outcome.outputTokens,
      cost_usd: line.cost_usd,
      status: outcome.status,
    },
  });
  return line;
}

/** Ends a call that was never made, and gives back what it had set aside. */
export async function abandonCall(ctx: Ctx, callId: string): Promise<void> {
  const call = await markCallAbandoned(ctx.db, callId);
  if (call?.hasBudget) await budgetsOf(ctx.env, call.workspaceId).settle(callId, '0');
}

/** Longer than a message normally takes; a call that is still running says so and is left alone. */
const SWEEP_AFTER_MS = 2 * MINUTE;

const SWEEP_LIMIT = 500;

/** Wakes up calls that should have been settled by now: their message was lost, or their object went silent. */
export async function sweepUnsettledCalls(ctx: Ctx, now: Date): Promise<void> {
  const calls = await findUnsettledCalls(ctx.db, new Date(now.getTime() - SWEEP_AFTER_MS), SWEEP_LIMIT);
  await ctx.jobs.send('llm.settle', ...calls.map((callId) => ({ callId })));
}
