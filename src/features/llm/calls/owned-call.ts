import { describeError, logEvent } from '../../../core/log.ts';
import { unavailable } from '../../../platform/llm/chat.ts';
import { Answer } from './answer.ts';
import { CallLog, type CallBook, type StartedCall } from './call-log.ts';
import { CallRun, type CallMeans } from './call-run.ts';
import type { CallSpec } from './call-spec.ts';
import { composeContents, type CallContents } from '../contents/compose.ts';
import { countUsage } from './count-usage.ts';
import { EMULATED_HEADER } from './frames.ts';
import type { ChunkFacts } from '../openai/chunks.ts';
import type { CallEnd, Settlement, SettledAttempt } from './outcome.ts';
import { presentEnd, shownFrames } from '../present-answer.ts';
import { toCallFault } from '../service/faults.ts';
import { StreamReaders, type ReadMode } from './stream-readers.ts';
import type { CallKey } from './stream-stub.ts';

/**
 * A call as its object owns it: makes its upstream calls once, relays the answer to any number of readers, and prices
 * what arrived however it ended.
 */
export class OwnedCall {
  readonly #log: CallLog;
  readonly #readers = new StreamReaders(() => this.#scheduleLeave());
  #run: CallRun | null = null;
  #leaving: ReturnType<typeof setTimeout> | undefined;

  constructor(log: CallLog) {
    this.#log = log;
  }

  /** A call that has just been asked for. */
  static begin(book: CallBook, spec: CallSpec): OwnedCall {
    return new OwnedCall(CallLog.begin(book, spec));
  }

  /** The answer of a call that is about to be made, for who asked for it. */
  open(mode: ReadMode): Response {
    const { spec } = this.#log;
    return answerOf(spec, spec.isDetached ? null : this.#readers.open(mode, factsOf(spec)));
  }

  /** Makes the call, to its end. */
  async make(means: CallMeans): Promise<void> {
    const run = (this.#run = new CallRun(this.#log.spec, means, this.#log, this.#readers));
    try {
      const { answer, end } = await run.run();
      this.#finish(answer, end);
    } catch (error) {
      // Without an end the alarm settles what was written down.
      logEvent('error', 'llm_stream_failed', { call_id: this.#log.spec.callId, error: describeError(error) });
      this.#readers.end({ fault: toCallFault(unavailable('the answer could not be completed'), false), route: null });
    } finally {
      this.#run = null;
    }
  }

  /** Lets somebody read the answer along, or again; see {@link LlmStream.fetch}. */
  follow(mode: ReadMode, after: number | null): Response {
    const { spec, end } = this.#log;
    if (!end && !this.#run) return new Response(null, { status: 410 });
    if (!end && after === null) return new Response(null, { status: 409 });
    if (end && end.status !== 'success' && after === null) return new Response(null, { status: 410 });
    const past = { frames: shownFrames(this.#log), after: after ?? 0 };
    if (!end) {
      this.#run?.stay();
      return answerOf(spec, this.#readers.open(mode, factsOf(spec), past));
    }
    const readers = new StreamReaders(() => {});
    const body = readers.open(mode, factsOf(spec), past);
    tell(readers, this.#log, this.#writtenAnswer(), end);
    return answerOf(spec, body);
  }

  get key(): CallKey {
    const { workspaceId, callId } = this.#log.spec;
    return { workspaceId, callId };
  }

  get hasEnded(): boolean {
    return this.#log.end !== null;
  }

  /** Ends a call whose object was restarted in the middle: what had been written down is what arrived. */
  async endInterrupted(assets: Fetcher): Promise<void> {
    const { spec, attempts } = this.#log;
    const last = attempts.at(-1);
    const target = last && spec.targets[last.target];
    if (last && target && !last.outcome) {
      const answer = this.#writtenAnswer(attempts.length - 1);
      const asked = { ...target, ...this.#log.asked(last.target) };
      const usage = await countUsage(assets, asked, answer, last.accepted);
      const outcome = {
        status: 'interrupted',
        finishReason: answer.finishReason,
        inputTokens: usage.promptTokens,
        outputTokens: usage.completionTokens,
        reasoningTokens: usage.reasoningTokens ?? null,
        tokenSource: usage.source,
        latencyMs: Date.now() - last.startedAt,
        firstTokenMs: null,
        apiStatusCode: last.accepted ? 200 : null,
        errorMessage: null,
      } as const;
      this.#log.endAttempt(outcome, null);
    }
    this.#finish(this.#writtenAnswer(), { status: 'interrupted', fault: null });
  }

  /** What is to be settled. */
  get settlement(): Settlement {
    const { spec, end } = this.#log;
    if (!end) return { state: 'running' };
    const { cache, shadowOf } = spec;
    const attempts = settledAttempts(this.#log);
    return { state: 'ended', status: end.status, endedAt: endOf(this.#log), attempts, cache, shadowOf };
  }

  /** The complete answer's text, for comparison with another one; null where there is none. */
  get text(): { isRunning: boolean; text: string | null } {
    const { end } = this.#log;
    return {
      isRunning: this.#run !== null && !end,
      text: end?.status === 'success' ? this.#writtenAnswer().said : null,
    };
  }

  /** What was asked and answered; null once that is forgotten. */
  get contents(): CallContents | null {
    const asked = this.#log.asked(0);
    return asked ? composeContents(asked, this.#writtenAnswer()) : null;
  }

  #writtenAnswer(attempt?: number): Answer {
    const answer = new Answer();
    for (const delta of this.#log.deltas(attempt)) answer.add(delta);
    return answer;
  }

  /** Writes down how it ended, then tells the readers: what they were told is never lost. */
  #finish(answer: Answer, end: CallEnd): void {
    this.#log.finish(end);
    tell(this.#readers, this.#log, answer, end);
  }

  /** A reconnect may come, but a lost client must not cost for long. */
  #scheduleLeave(): void {
    // Who leaves and comes back time and again has the whole of it each time.
    clearTimeout(this.#leaving);
    this.#leaving = setTimeout(() => {
      if (this.#readers.size === 0) this.#run?.leave();
    }, this.#log.spec.graceMs);
  }
}

const factsOf = ({ callId, startedAt, targets: [first] }: StartedCall): ChunkFacts => ({
  callId,
  startedAt,
  provider: first?.provider ?? '',
  model: first?.model ?? '',
});

/** Says at once what is known before the first token. */
const answerOf = ({ targets: [first] }: CallSpec, body: ReadableStream<Uint8Array> | null) =>
  new Response(body, { headers: { [EMULATED_HEADER]: first?.emulated.join(', ') ?? '' } });

/** The last words, for everybody who reads. */
function tell(readers: StreamReaders, log: CallLog, answer: Answer, end: CallEnd): void {
  const { frames, result } = presentEnd(log, answer, end);
  for (const frame of frames) readers.send(frame);
  readers.end(result);
}

function endOf({ spec, attempts }: CallLog): number {
  const last = attempts.at(-1);
  return last ? last.startedAt + (last.outcome?.latencyMs ?? 0) : spec.startedAt;
}

function settledAttempts({ spec, attempts }: CallLog): SettledAttempt[] {
  return attempts.flatMap(({ callId, target, outcome }, attempt) => {
    const asked = spec.targets[target];
    if (!asked || !outcome) return [];
    const { provider, model, llmId, endpointId, ownKey, priceInput, priceOutput, settings } = asked;
    const facts = { provider, model, llmId, endpointId, ownKey, priceInput, priceOutput, settings };
    return [{ callId, attempt, outcome, target: facts }];
  });
}
