import { DurableObject } from 'cloudflare:workers';
import { createSystemCtx } from '../../context.ts';
import { describeError, logEvent } from '../../core/log.ts';
import { HOUR, MINUTE, SECOND } from '../../core/time.ts';
import { parseEnv, type Env } from '../../env.ts';
import { Answer } from './answer.ts';
import { ProviderError, unavailable, type ChatDelta, type ProviderFault } from '../../platform/llm/chat.ts';
import { startChat } from '../../platform/llm/openai.ts';
import type { Connection } from '../../platform/llm/provider.ts';
import { countUsage } from './count-usage.ts';
import { reportFormat } from './format-report.ts';
import { toDeltaFrame, toErrorFrame, toUsageFrame, type CallFacts } from './frames.ts';
import type { CallOutcome, Settlement } from './outcome.ts';
import { isOperatorsFault, toCallFault } from './service/faults.ts';
import { StreamLog, type CallSpec } from './stream-log.ts';
import { StreamReaders, type ReadMode } from './stream-readers.ts';

/** How long a call goes on after its last reader left: a reconnect may come, a lost client must not cost. */
const GRACE_MS = 2 * SECOND;

/** How soon an object that was restarted notices that its call broke off. */
const WATCH_MS = 30 * SECOND;

/** How often an outcome that nobody confirmed is announced again. */
const ANNOUNCE_AGAIN_MS = 2 * MINUTE;

/** How long a settled call is kept: as long as an Idempotency-Key may ask for it. */
const KEEP_MS = 25 * HOUR;

/** How much longer a provider may stay silent whose model thinks, or that answers in one piece. */
const PATIENCE = 5;

const CLIENT_LEFT = Symbol('client left');
const STALLED = Symbol('stalled');

/** To make a call, or to read again what it answered. */
export type StreamRequest = { spec: CallSpec; mode: ReadMode; connection: Connection } | { spec: null; mode: ReadMode };

/** What ended a call: a complete answer, a fault, the client, or a restart of this object. */
type Ending = { status: CallOutcome['status']; fault?: ProviderFault };

/**
 * Owns one call to a provider, named by the call's id: makes it once, relays it, prices what arrived however it ended,
 * and keeps the outcome until it is confirmed to be in the database.
 */
export class LlmStream extends DurableObject<Record<string, unknown>> {
  readonly #env: Env;
  readonly #log: StreamLog;
  readonly #readers = new StreamReaders(() => this.#scheduleCancel());
  #abort: AbortController | null = null;
  #firstTokenMs: number | null = null;

  constructor(state: DurableObjectState, env: Record<string, unknown>) {
    super(state, env);
    this.#env = parseEnv(env);
    this.#log = new StreamLog(state.storage);
  }

  /**
   * Starts the call, and streams its answer: 410 when it was started before or given up. Without a spec the complete
   * answer again: 409 while it is not known, 410 where it is not complete, 404 where there was no call.
   */
  override async fetch(request: Request): Promise<Response> {
    const asked = await request.json<StreamRequest>();
    const { spec, mode } = asked;
    if (!spec) return this.#replay(mode);
    if (this.#log.abandoned || this.#log.spec) return new Response(null, { status: 410 });
    this.#log.begin(spec);
    await this.ctx.storage.setAlarm(Date.now() + WATCH_MS);
    const body = this.#readers.open(mode);
    this.ctx.waitUntil(this.#run(spec, asked.connection));
    return new Response(body);
  }

  #replay(mode: ReadMode): Response {
    const { spec, outcome } = this.#log;
    if (spec && !outcome) return new Response(null, { status: 409 });
    if (!spec) return new Response(null, { status: 404 });
    if (outcome?.status !== 'success') return new Response(null, { status: 410 });
    const readers = new StreamReaders(() => {});
    const body = readers.open(mode);
    const answer = new Answer();
    for (const delta of this.#log.deltas()) {
      answer.add(delta);
      const frame = toDeltaFrame(delta);
      if (frame) readers.send(frame);
    }
    sendSuccess(readers, spec, answer, outcome);
    return new Response(body);
  }

  /** What is to be settled. A call that never started is given up for good. */
  async settle(): Promise<Settlement> {
    const { spec } = this.#log;
    if (!spec) {
      this.#log.abandon();
      await this.ctx.storage.setAlarm(Date.now() + KEEP_MS);
      return { state: 'abandoned' };
    }
    if (!this.#log.outcome && this.#abort) return { state: 'running' };
    return { state: 'ended', outcome: this.#log.outcome ?? (await this.#settleInterrupted()) };
  }

  /** The outcome is in the database: the call may be forgotten. */
  async confirm(): Promise<void> {
    this.#log.confirm();
    await this.ctx.storage.setAlarm(Date.now() + KEEP_MS);
  }

  override async alarm(): Promise<void> {
    const { spec } = this.#log;
    if (!spec || this.#log.confirmed) return this.#log.clear();
    if (this.#abort && !this.#log.outcome) return this.ctx.storage.setAlarm(Date.now() + WATCH_MS);
    if (!this.#log.outcome) await this.#settleInterrupted();
    else await this.#announce(spec.callId);
    await this.ctx.storage.setAlarm(Date.now() + ANNOUNCE_AGAIN_MS);
  }

  async #run(spec: CallSpec, connection: Connection): Promise<void> {
    const abort = (this.#abort = new AbortController());
    const answer = new Answer();
    try {
      await this.#finish(answer, await this.#receive(spec, connection, answer, abort));
    } catch (error) {
      // Without an outcome the alarm settles what was written down.
      logEvent('error', 'llm_stream_failed', { call_id: spec.callId, error: describeError(error) });
      this.#readers.end({ fault: toCallFault(unavailable('the answer could not be completed'), spec.ownKey) });
    } finally {
      this.#abort = null;
    }
  }

  async #receive(spec: CallSpec, connection: Connection, answer: Answer, abort: AbortController): Promise<Ending> {
    let stall: ReturnType<typeof setTimeout> | undefined;
    const limitMs = this.#env.LLM_STALL_LIMIT_MS * (spec.reading.patient ? PATIENCE : 1);
    let lastProgress = 0;
    const expectProgress = () => void (lastProgress = Date.now());
    // Set anew when it goes off, not at each delta: a timer costs more than all else that is done with one.
    const watch = (ms: number) => {
      stall = setTimeout(() => {
        const left = lastProgress + limitMs - Date.now();
        if (left > 0) watch(left);
        else abort.abort(STALLED);
      }, ms);
    };
    try {
      expectProgress();
      watch(limitMs);
      const deltas = await startChat(connection, spec, abort.signal);
      this.#log.accept();
      for await (const delta of deltas) {
        expectProgress();
        this.#relay(delta, answer);
      }
      return { status: 'success' };
    } catch (error) {
      const ending = this.#describeEnding(error, abort.signal);
      if (ending.fault && isOperatorsFault(ending.fault, spec.ownKey)) {
        const { kind, status, message } = ending.fault;
        logEvent('error', 'provider_key_at_fault', { provider: spec.provider, kind, status, message });
      }
      return ending;
    } finally {
      clearTimeout(stall);
    }
  }

  #describeEnding(error: unknown, signal: AbortSignal): Ending {
    if (signal.reason === CLIENT_LEFT) return { status: 'cancelled' };
    if (signal.reason === STALLED) return { status: 'error', fault: unavailable('the provider went silent') };
    return {
      status: 'error',
      fault: error instanceof ProviderError ? error.fault : unavailable('the call could not be made'),
    };
  }

  #relay(delta: ChatDelta, answer: Answer): void {
    answer.add(delta);
    this.#log.add(delta);
    const frame = toDeltaFrame(delta);
    if (!frame) return;
    this.#firstTokenMs ??= Date.now() - (this.#log.spec?.startedAt ?? Date.now());
    this.#readers.send(frame);
  }

  /** Writes the outcome down, then tells the readers: what they were told is never lost. */
  async #finish(answer: Answer, ending: Ending): Promise<CallOutcome> {
    const spec = this.#log.spec;
    if (!spec) throw new Error('a call ended that never began');
    const usage = await countUsage(this.#env.ASSETS, spec, answer);
    const fault = ending.fault && toCallFault(ending.fault, spec.ownKey);
    const outcome: CallOutcome = {
      status: ending.status,
      finishReason: answer.finishReason,
      inputTokens: usage.promptTokens,
      outputTokens: usage.completionTokens,
      tokenSource: usage.source,
      latencyMs: Date.now() - spec.startedAt,
      firstTokenMs: this.#firstTokenMs,
      apiStatusCode: ending.fault ? ending.fault.status : spec.accepted ? 200 : null,
      errorMessage: fault?.detail ?? null,
    };
    this.#log.end(outcome);
    if (fault) {
      this.#readers.send(toErrorFrame(fault, spec.callId));
      this.#readers.end({ fault });
    } else {
      sendSuccess(this.#readers, spec, answer, outcome);
    }
    await this.#announce(spec.callId);
    return outcome;
  }

  /** This object was restarted in the middle: what had been written down is what arrived. */
  #settleInterrupted(): Promise<CallOutcome> {
    const answer = new Answer();
    for (const delta of this.#log.deltas()) answer.add(delta);
    return this.#finish(answer, { status: 'interrupted' });
  }

  #announce(callId: string): Promise<void> {
    const ctx = createSystemCtx(this.#env, 'llm-stream', (promise) => this.ctx.waitUntil(promise));
    return ctx.jobs.send('llm.settle', { callId });
  }

  #scheduleCancel(): void {
    setTimeout(() => {
      if (this.#readers.size === 0) this.#abort?.abort(CLIENT_LEFT);
    }, GRACE_MS);
  }
}

/** The end of a complete answer, in either mode. */
function sendSuccess(readers: StreamReaders, spec: CallSpec, answer: Answer, outcome: CallOutcome): void {
  const finish_reason = answer.finishReason ?? 'stop';
  const facts: CallFacts = {
    call_id: spec.callId,
    provider: spec.provider,
    model: spec.model,
    user_api_key: spec.ownKey,
    emulated: spec.emulated,
    response_format: reportFormat(spec.format, answer),
  };
  const usage = {
    promptTokens: outcome.inputTokens,
    completionTokens: outcome.outputTokens,
    reasoningTokens: answer.usage?.reasoningTokens,
    source: outcome.tokenSource,
  };
  readers.send(toUsageFrame(usage));
  readers.send({ type: 'done', finish_reason, ...facts });
  readers.end({
    completion: {
      ...facts,
      content: answer.content,
      reasoning_content: answer.reasoning || null,
      finish_reason,
      function_call: answer.functionCall,
      tool_calls: answer.toolCalls,
      usage,
      latency_ms: outcome.latencyMs,
      first_token_ms: outcome.firstTokenMs,
    },
  });
}
