import type { Answer } from './calls/answer.ts';
import type { CallLog } from './calls/call-log.ts';
import type { CallSpec, CallTarget } from './calls/call-spec.ts';
import { reportFormat } from './format-report.ts';
import { toDeltaFrame, toErrorFrame, toUsageFrame, type CallFacts, type Frame } from './calls/frames.ts';
import type { AttemptRecord, CallEnd } from './calls/outcome.ts';
import { reportRoute, sumUsage } from './calls/route-report.ts';
import { ABANDONED } from './service/faults.ts';
import type { CompletionResult } from './calls/stream-readers.ts';

/** The frames of what is written down of an answer, in the order in which they were shown. */
export function* shownFrames(log: CallLog): Generator<Frame> {
  for (const delta of log.deltas()) {
    const frame = toDeltaFrame(delta);
    if (frame) yield frame;
  }
}

/** The last frames of an answer, and the document for those who read none. */
export function presentEnd(log: CallLog, answer: Answer, end: CallEnd): { frames: Frame[]; result: CompletionResult } {
  const { spec, attempts, passed } = log;
  const route = reportRoute(spec, attempts, passed);
  if (end.status !== 'success') {
    const fault = end.fault ?? ABANDONED;
    return { frames: [toErrorFrame(fault, spec.callId, route)], result: { fault, route } };
  }
  const last = attempts.at(-1)!;
  const facts: CallFacts = {
    ...factsOf(spec, spec.targets[last.target]!),
    response_format: reportFormat(spec.format, answer),
    route,
  };
  const finish_reason = answer.finishReason ?? 'stop';
  const usage = sumUsage(attempts);
  const completion = {
    ...facts,
    content: answer.content,
    reasoning_content: answer.reasoning || null,
    finish_reason,
    function_call: answer.functionCall,
    tool_calls: answer.toolCalls,
    vectors: answer.vectors,
    started_at: spec.startedAt,
    usage,
    ...timesOf(spec.startedAt, attempts),
  };
  return { frames: [toUsageFrame(usage), { type: 'done', finish_reason, ...facts }], result: { completion } };
}

const factsOf = ({ callId }: CallSpec, { provider, model, ownKey, emulated }: CallTarget) => ({
  call_id: callId,
  provider,
  model,
  user_api_key: ownKey,
  emulated,
});

/** From the call to its end, and to the first token of what stands of its answer. */
function timesOf(startedAt: number, attempts: readonly AttemptRecord[]) {
  const last = attempts.at(-1)!;
  const first = attempts.findLast(({ continues }) => !continues)!;
  const firstTokenMs = first.outcome?.firstTokenMs ?? null;
  return {
    latency_ms: last.startedAt - startedAt + (last.outcome?.latencyMs ?? 0),
    first_token_ms: firstTokenMs === null ? null : first.startedAt - startedAt + firstTokenMs,
  };
}
