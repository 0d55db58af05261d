import type { Ctx } from '../../../context.ts';
import { MINUTE } from '../../../core/time.ts';
import { channelName } from '../../../platform/realtime/channels.ts';
import type { ChannelEvent } from '../../../platform/realtime/events.ts';
import { budgetsOf } from '../budgets/stub.ts';
import { keepAnswer } from '../cache/cached-answers.ts';
import { keepContents } from '../contents/service.ts';
import type { Settlement } from '../calls/outcome.ts';
import {
  findKeys,
  findUnsettledCalls,
  markCallAbandoned,
  settleAttemptsOnce,
  type AttemptOfCall,
  type SettledCall,
} from '../queries.ts';
import { compareAnswers } from '../routing/compare.ts';
import { confirmStreams, settleStreams, type CallKey } from '../calls/stream-stub.ts';

/** {@link settleCalls} of one. */
export const settleCall = (ctx: Ctx, call: { callId: string }): Promise<void> => settleCalls(ctx, [call]);

/** Settles calls of which a message has come, or that the sweep has found, by asking the objects that own them. */
export async function settleCalls(ctx: Ctx, calls: { callId: string }[]): Promise<void> {
  const keys = await findKeys(
    ctx.db,
    calls.map(({ callId }) => callId),
  );
  const settlements = await settleStreams(ctx.env, keys);
  const asked = keys.map((key, n) => ({ key, settlement: settlements[n]! }));
  const abandoned = asked.filter(({ settlement }) => settlement.state === 'abandoned');
  await Promise.all(abandoned.map(({ key }) => abandonCall(ctx, key.callId)));
  const ended = asked.flatMap(({ key, settlement }) => (settlement.state === 'ended' ? [{ key, settlement }] : []));
  await confirmStreams(ctx.env, await settleEnded(ctx, ended));
}

type Ended = Extract<Settlement, { state: 'ended' }>;

/** A call that has ended, as its object tells. */
export type EndedCall = { key: CallKey; settlement: Ended };

/**
 * Writes the outcomes of calls, and of each further attempt that they took, to the ledger and announces them on their
 * workspaces' channels. It may run any number of times: the ledger takes the first, and the channel knows an event by
 * the id of its line. They fail together. Returns those of which their object may forget what was asked.
 */
export async function settleEnded(ctx: Ctx, calls: readonly EndedCall[]): Promise<CallKey[]> {
  // In one order, so that nobody waits for each other at the database.
  const ended = calls.toSorted((one, other) => (one.key.callId < other.key.callId ? -1 : 1));
  await Promise.all(ended.filter(isUnmade).map(({ key }) => abandonCall(ctx, key.callId)));
  const attempts = ended.flatMap(({ key: { callId: rootCallId }, settlement }) =>
    settlement.attempts.map((attempt) => ({ rootCallId, attempt })),
  );
  const settled = await writeLines(ctx, attempts);
  const byWorkspace = Map.groupBy(settled, ({ line }) => line.workspace_id);
  await Promise.all([...byWorkspace].map(([workspaceId, ofOne]) => tellWorkspace(ctx, workspaceId, ofOne)));
  const byCall = Map.groupBy(settled, ({ rootCallId }) => rootCallId);
  const concluded = await Promise.all(
    ended.map(async ({ key, settlement }) =>
      (await conclude(ctx, key, settlement, byCall.get(key.callId) ?? [])) ? [key] : [],
    ),
  );
  return concluded.flat();
}

type Settled = AttemptOfCall & { line: SettledCall };

/** Of the call itself there is nothing to log or to bill: its first model was passed over. */
const isUnmade = ({ key, settlement }: EndedCall): boolean =>
  !settlement.attempts.some((attempt) => attempt.callId === key.callId);

async function writeLines(ctx: Ctx, attempts: AttemptOfCall[]): Promise<Settled[]> {
  const lines = await settleAttemptsOnce(ctx.db, attempts);
  return attempts.map((one, n) => {
    const line = lines[n];
    if (!line) throw new Error(`call ${one.attempt.callId} was never recorded`);
    return { ...one, line };
  });
}

/** Gives back what its budgets had set aside for the calls, and announces them. */
async function tellWorkspace(ctx: Ctx, workspaceId: string, calls: Settled[]): Promise<void> {
  const budgeted = calls.filter(({ line }) => line.has_budget);
  const costs = budgeted.map(({ attempt, line }): [string, string] => [attempt.callId, line.cost_usd]);
  // Members hear of calls, which a shadow is not.
  const events = calls.filter(({ line }) => line.operation !== 'shadow').map(toEvent);
  await Promise.all([
    costs.length > 0 && budgetsOf(ctx.env, workspaceId).settleAll(costs),
    events.length > 0 && ctx.channels.publish(channelName.workspace(workspaceId), ...events),
  ]);
}

const toEvent = ({ attempt: { callId, outcome }, line }: Settled): ChannelEvent => ({
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

/** What comes of an answer once it is in the ledger; tells whether its object may forget what was asked. */
async function conclude(ctx: Ctx, key: CallKey, ended: Ended, lines: Settled[]): Promise<boolean> {
  const { status, endedAt: answeredAt, cache, shadowOf } = ended;
  const { workspaceId, callId } = key;
  const [first] = lines;
  if (!first) return true;
  if (first.line.keeps_content) await keepContents(ctx, key, first.attempt.callId);
  if (cache && status === 'success') await keepAnswer(ctx, { ...key, answeredAt }, cache);
  // Where it is too early to compare, its object will try again.
  return !shadowOf || compareAnswers(ctx, { workspaceId, shadowCallId: callId, ...shadowOf });
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
