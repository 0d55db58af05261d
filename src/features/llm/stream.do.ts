import { DurableObject } from 'cloudflare:workers';
import { createSystemCtx, type Ctx } from '../../context.ts';
import { describeError, logEvent } from '../../core/log.ts';
import { MINUTE, SECOND } from '../../core/time.ts';
import { parseEnv, type Env } from '../../env.ts';
import { unavailable } from '../../platform/llm/chat.ts';
import { Answer } from './answer.ts';
import { CallRun, type CallMeans } from './call-run.ts';
import type { CallSpec } from './call-spec.ts';
import { composeContents, type CallContents } from './contents/compose.ts';
import { countUsage } from './count-usage.ts';
import type { CallEnd, Settlement, SettledAttempt } from './outcome.ts';
import { presentEnd, shownFrames } from './present-answer.ts';
import { toCallFault } from './service/faults.ts';
import { EMULATED_HEADER } from './frames.ts';
import type { ChunkFacts } from './openai/chunks.ts';
import { StreamLog, type StartedCall } from './stream-log.ts';
import { StreamReaders, type ReadMode } from './stream-readers.ts';

/** How soon an object that was restarted notices that its call broke off. */
const WATCH_MS = 30 * SECOND;

/** How often an outcome that nobody confirmed is announced again. */
const ANNOUNCE_AGAIN_MS = 2 * MINUTE;

/** How long it is remembered that a call was given up. */
const KEEP_ABANDONED_MS = 60 * MINUTE;

/**
 * To make a call, or to read along. Who comes back says what they have in `after`, the id of a frame, and gets an answer
 * that broke off as far as it came; for anybody else only a complete answer is one.
 */
export type StreamRequest =
  | { spec: CallSpec; mode: ReadMode; means: Omit<CallMeans, 'env' | 'ctx'> }
  | { spec: null; mode: ReadMode; after: number | null };

/**
 * Owns a call, named by its id: makes its upstream calls once, relays the answer to any number of readers, prices what
 * arrived however it ended, and keeps the outcome until it is confirmed to be in the database.
 */
export class LlmStream extends DurableObject<Record<string, unknown>> {
  readonly #env: Env;
  readonly #log: StreamLog;
  readonly #readers = new StreamReaders(() => this.#scheduleLeave());
  #run: CallRun | null = null;
  #leaving: ReturnType<typeof setTimeout> | undefined;

  constructor(state: DurableObjectState, env: Record<string, unknown>) {
    super(state, env);
    this.#env = parseEnv(env);
    this.#log = new StreamLog(state.storage);
  }

  /**
   * Starts the call, and streams its answer: 410 when it was started before or given up. Without a spec the answer
   * again: 409 while it is not known to somebody who does not come back, 410 where it is not complete, 404 where there
   * was no call.
   */
  override async fetch(request: Request): Promise<Response> {
    const asked = await request.json<StreamRequest>();
    if (!asked.spec) return this.#follow(asked.mode, asked.after);
    const { spec, mode, means } = asked;
    if (this.#log.abandoned || this.#log.spec) return new Response(null, { status: 410 });
    const started = this.#log.begin(spec);
    await this.ctx.storage.setAlarm(Date.now() + WATCH_MS);
    const body = spec.isDetached ? null : this.#readers.open(mode, factsOf(started));
    this.ctx.waitUntil(this.#make(spec, { ...means, env: this.#env, ctx: this.#createCtx() }));
    return answerOf(spec, body);
  }

  /** Lets somebody read an answer along, or again. */
  #follow(mode: ReadMode, after: number | null): Response {
    const { spec, end } = this.#log;
    if (!spec) return new Response(null, { status: 404 });
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

  #writtenAnswer(attempt?: number): Answer {
    const answer = new Answer();
    for (const delta of this.#log.deltas(attempt)) answer.add(delta);
    return answer;
  }

  /** What is to be settled. A call that never started is given up for good. */
  async settle(): Promise<Settlement> {
    const { spec } = this.#log;
    if (!spec) {
      this.#log.abandon();
      await this.ctx.storage.setAlarm(Date.now() + KEEP_ABANDONED_MS);
      return { state: 'abandoned' };
    }
    if (!this.#log.end && this.#run) return { state: 'running' };
    if (!this.#log.end) await this.#endInterrupted();
    const { cache, shadowOf } = spec;
    const attempts = settledAttempts(this.#log);
    return { state: 'ended', status: this.#log.end!.status, endedAt: endOf(this.#log), attempts, cache, shadowOf };
  }

  /** The complete answer's text, for comparison with another one; null where there is none. */
  read(): { isRunning: boolean; text: string | null } {
    const { end } = this.#log;
    return {
      isRunning: this.#run !== null && !end,
      text: end?.status === 'success' ? this.#writtenAnswer().said : null,
    };
  }

  /** What was asked and answered; null once that is forgotten. */
  async contents(): Promise<CallContents | null> {
    const { spec, confirmed } = this.#log;
    return spec && !confirmed ? composeContents(spec, this.#writtenAnswer()) : null;
  }

  /** The outcome is in the database: the call may be forgotten. */
  async confirm(): Promise<void> {
    this.#log.confirm();
    await this.ctx.storage.setAlarm(Date.now() + (this.#log.spec?.keepMs ?? KEEP_ABANDONED_MS));
  }

  override async alarm(): Promise<void> {
    const { spec } = this.#log;
    if (!spec || this.#log.confirmed) return this.#log.clear();
    if (this.#run && !this.#log.end) return this.ctx.storage.setAlarm(Date.now() + WATCH_MS);
    if (!this.#log.end) await this.#endInterrupted();
    else await this.#announce(spec.callId);
    await this.ctx.storage.setAlarm(Date.now() + ANNOUNCE_AGAIN_MS);
  }

  async #make(spec: CallSpec, means: CallMeans): Promise<void> {
    const run = (this.#run = new CallRun(spec, means, this.#log, this.#readers));
    try {
      const { answer, end } = await run.run();
      await this.#finish(spec, answer, end);
    } catch (error) {
      // Without an end the alarm settles what was written down.
      logEvent('error', 'llm_stream_failed', { call_id: spec.callId, error: describeError(error) });
      this.#readers.end({ fault: toCallFault(unavailable('the answer could not be completed'), false), route: null });
    } finally {
      this.#run = null;
    }
  }

  /** Writes down how it ended, then tells the readers: what they were told is never lost. */
  async #finish({ callId }: CallSpec, answer: Answer, end: CallEnd): Promise<void> {
    this.#log.finish(end);
    tell(this.#readers, this.#log, answer, end);
    await this.#announce(callId);
  }

  /** This object was restarted in the middle: what had been written down is what arrived. */
  async #endInterrupted(): Promise<void> {
    const { spec, attempts } = this.#log;
    const last = attempts.at(-1);
    const target = last && spec?.targets[last.target];
    if (last && target && !last.outcome) {
      const answer = this.#writtenAnswer(attempts.length - 1);
      const usage = await countUsage(this.#env.ASSETS, target, answer, last.accepted);
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
    await this.#finish(spec!, this.#writtenAnswer(), { status: 'interrupted', fault: null });
  }

  #announce(callId: string): Promise<void> {
    return this.#createCtx().jobs.send('llm.settle', { callId });
  }

  #createCtx(): Ctx {
    return createSystemCtx(this.#env, 'llm-stream', (promise) => this.ctx.waitUntil(promise));
  }

  /** A reconnect may come, but a lost client must not cost for long. */
  #scheduleLeave(): void {
    // Who leaves and comes back time and again has the whole of it each time.
    clearTimeout(this.#leaving);
    this.#leaving = setTimeout(() => {
      if (this.#readers.size === 0) this.#run?.leave();
    }, this.#log.spec?.graceMs ?? 0);
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
function tell(readers: StreamReaders, log: StreamLog, answer: Answer, end: CallEnd): void {
  const { frames, result } = presentEnd(log, answer, end);
  for (const frame of frames) readers.send(frame);
  readers.end(result);
}

function endOf({ spec, attempts }: StreamLog): number {
  const last = attempts.at(-1);
  return last ? last.startedAt + (last.outcome?.latencyMs ?? 0) : (spec?.startedAt ?? 0);
}

function settledAttempts({ spec, attempts }: StreamLog): SettledAttempt[] {
  return attempts.flatMap(({ callId, target, outcome }, attempt) => {
    const asked = spec?.targets[target];
    if (!asked || !outcome) return [];
    const { provider, model, llmId, endpointId, ownKey, priceInput, priceOutput, settings } = asked;
    const facts = { provider, model, llmId, endpointId, ownKey, priceInput, priceOutput, settings };
    return [{ callId, attempt, outcome, target: facts }];
  });
}
