import type { Ctx } from '../../../context.ts';
import { MINUTE } from '../../../core/time.ts';
import { channelName } from '../../../platform/realtime/channels.ts';
import type { ChannelEvent } from '../../../platform/realtime/events.ts';
import { budgetsOf } from '../budgets/stub.ts';
import type { CallOutcome } from '../outcome.ts';
import { findUnsettledCalls, markCallAbandoned, settleCallsOnce, type SettledCall } from '../queries.ts';
import { llmStream } from '../stream-stub.ts';

/** {@link settleCalls} of one. */
export const settleCall = (ctx: Ctx, call: { callId: string }): Promise<void> => settleCalls(ctx, [call]);

/**
 * Writes the outcomes of calls to the ledger and announces them on their workspaces' channels. It may run any number of
 * times: the ledger takes the first, and the channel knows an event by the id of its line. They fail together.
 */
export async function settleCalls(ctx: Ctx, calls: { callId: string }[]): Promise<void> {
  // In one order, so that nobody waits for each other at the database.
  const callIds = [...new Set(calls.map(({ callId }) => callId))].toSorted();
  const asked = await Promise.all(
    callIds.map(async (callId) => ({ callId, settlement: await llmStream(ctx.env, callId).settle() })),
  );
  const abandoned = asked.filter(({ settlement }) => settlement.state === 'abandoned');
  await Promise.all(abandoned.map(({ callId }) => abandonCall(ctx, callId)));
  const ended = asked.flatMap(({ callId, settlement }) =>
    settlement.state === 'ended' ? [{ callId, outcome: settlement.outcome }] : [],
  );
  const lines = await settleCallsOnce(ctx.db, ended);
  const settled = ended.map(({ callId, outcome }, n) => {
    const line = lines[n];
    if (!line) throw new Error(`call ${callId} was never recorded`);
    return { callId, outcome, line };
  });
  const byWorkspace = Map.groupBy(settled, ({ line }) => line.workspace_id);
  await Promise.all([...byWorkspace].map(([workspaceId, ofOne]) => tellWorkspace(ctx, workspaceId, ofOne)));
  await Promise.all(settled.map(({ callId }) => llmStream(ctx.env, callId).confirm()));
}

type Settled = { callId: string; outcome: CallOutcome; line: SettledCall };

/** Gives back what its budgets had set aside for the calls, and announces them. */
async function tellWorkspace(ctx: Ctx, workspaceId: string, calls: Settled[]): Promise<void> {
  const budgeted = calls.filter(({ line }) => line.has_budget);
  const costs = budgeted.map(({ callId, line }): [string, string] => [callId, line.cost_usd]);
  await Promise.all([
    costs.length > 0 && budgetsOf(ctx.env, workspaceId).settleAll(costs),
    ctx.channels.publish(channelName.workspace(workspaceId), ...calls.map(toEvent)),
  ]);
}

const toEvent = ({ callId, outcome, line }: Settled): ChannelEvent => ({
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
