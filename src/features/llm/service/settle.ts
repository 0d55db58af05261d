import type { Ctx } from '../../../context.ts';
import { MINUTE } from '../../../core/time.ts';
import { channelName } from '../../../platform/realtime/channels.ts';
import { budgetsOf } from '../budgets/stub.ts';
import { keepContents } from '../contents/service.ts';
import { findUnsettledCalls, markCallAbandoned, settleCallOnce } from '../queries.ts';
import { llmStream } from '../stream-stub.ts';

/**
 * Writes a call's outcome to the ledger and announces it on the workspace's channel. It may run any number of times:
 * the ledger takes the first, and the channel knows an event by the id of its line.
 */
export async function settleCall(ctx: Ctx, { callId }: { callId: string }): Promise<void> {
  const call = llmStream(ctx.env, callId);
  const settlement = await call.settle();
  if (settlement.state === 'running') return;
  if (settlement.state === 'abandoned') return abandonCall(ctx, callId);
  const { outcome } = settlement;
  const line = await settleCallOnce(ctx.db, callId, outcome);
  if (!line) throw new Error(`call ${callId} was never recorded`);
  if (line.has_budget) await budgetsOf(ctx.env, line.workspace_id).settle(callId, line.cost_usd);
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
  if (line.keeps_content) await keepContents(ctx, callId);
  await call.confirm();
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
