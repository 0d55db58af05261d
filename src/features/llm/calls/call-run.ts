import { describeError, logEvent } from '../../../core/log.ts';
import type { Ctx } from '../../../context.ts';
import type { Env } from '../../../env.ts';
import {
  ProviderError,
  unavailable,
  type ChatDelta,
  type ChatRequest,
  type ProviderFault,
} from '../../../platform/llm/chat.ts';
import type { Send } from '../../../platform/llm/client.ts';
import { startEmbedding } from '../../../platform/llm/embeddings.ts';
import { startChat } from '../../../platform/llm/openai.ts';
import type { Connection } from '../../../platform/llm/provider.ts';
import { Answer } from './answer.ts';
import { releaseAttempt, reserveAttempt, type BudgetsOfCall } from '../budgets/attempts.ts';
import type { CallLog } from './call-log.ts';
import type { CallSpec, CallTarget, Passed } from './call-spec.ts';
import type { Guarded } from '../circuits/circuit.do.ts';
import { circuitOpenUntil, mayPass, noteCall } from '../circuits/gate.ts';
import { createSeam, toContinuation, whyNotContinue } from './continue-answer.ts';
import { countUsage } from './count-usage.ts';
import { createGuardedSend } from '../endpoints/guarded-send.ts';
import { toDeltaFrame } from './frames.ts';
import { LeaveWatch } from './leave-watch.ts';
import type { CallEnd, CallOutcome } from './outcome.ts';
import { sumUsage } from './route-report.ts';
import {
  circuitFault,
  isOfRequest,
  isOperatorsFault,
  isPassedOn,
  isProvidersFault,
  toCallFault,
  type CallFault,
} from '../service/faults.ts';
import { StallWatch, type Stall } from './stall-watch.ts';
import type { StreamReaders } from './stream-readers.ts';

/** For a connection to close before its answer is counted, which may hold the thread for long the first time. */
const CLOSING_MS = 20;

/** How much longer a provider may stay silent whose model thinks, or that answers in one piece. */
const PATIENCE = 5;

const CLIENT_LEFT = Symbol('client left');

type AttemptRequest = ChatRequest & Pick<CallTarget, 'embedding'>;

/** What ended an upstream call: a complete answer, a fault, or the client. */
type Ending = { status: CallOutcome['status']; fault?: ProviderFault; stall?: Stall };

/** What a call is made with, and what is never written down. */
export type CallMeans = {
  env: Env;
  ctx: Ctx;
  /** One for each target. */
  connections: readonly Connection[];
  budgets: BudgetsOfCall;
};

/**
 * Makes a call: asks one target after the other until one of them completes the answer, relays what they bring, and
 * writes down what became of each.
 */
export class CallRun {
  readonly #spec: CallSpec;
  readonly #means: CallMeans;
  readonly #log: CallLog;
  readonly #readers: StreamReaders;
  /** What stands of the answer so far. */
  #shown = new Answer();
  #abort = new AbortController();
  /** Of the attempt that is under way. */
  #firstTokenMs: number | null = null;
  readonly #leaving = new LeaveWatch(() => this.#abort.abort(CLIENT_LEFT));

  constructor(spec: CallSpec, means: CallMeans, log: CallLog, readers: StreamReaders) {
    this.#spec = spec;
    this.#means = means;
    this.#log = log;
    this.#readers = readers;
  }

  /** Nobody reads any more: cancels the upstream call, at its next pause. */
  leave(): void {
    this.#leaving.leave();
  }

  /** Somebody reads again, before it was cancelled. */
  stay(): void {
    this.#leaving.stay();
  }

  /** Returns the answer and how it ended, once every upstream call is written down. */
  async run(): Promise<{ answer: Answer; end: CallEnd }> {
    let end: CallEnd | null = null;
    for (const [place, target] of this.#spec.targets.entries()) {
      if (this.#leaving.isLeft) return { answer: this.#shown, end: { status: 'cancelled', fault: null } };
      const callId = place === 0 ? this.#spec.callId : crypto.randomUUID();
      const passed = await this.#whyPass(place, target, callId);
      if (passed) {
        this.#log.pass(passed);
        end ??= { status: 'error', fault: faultOf(target, circuitFault(passed.detail, this.#openUntil(target))) };
        continue;
      }
      const ending = await this.#attempt(place, target, callId);
      const fault = ending.fault && faultOf(target, toCallFault(ending.fault, target.ownKey));
      end = { status: ending.status, fault: fault ?? null };
      if (!ending.fault || !isPassedOn(ending.fault)) break;
      if (place + 1 < this.#spec.targets.length) this.#takeBack();
    }
    return { answer: this.#shown, end: end ?? { status: 'error', fault: circuitFault('', null) } };
  }

  /** Why a target is not asked; null where it is. */
  async #whyPass(place: number, target: CallTarget, callId: string): Promise<Passed | null> {
    const { provider, model } = target;
    const pass = (reason: Passed['reason'], detail: string): Passed => ({ provider, model, reason, detail });
    if (this.#readers.hasShown) {
      const detail = whyNotContinue(this.#shown, target, this.#spec.format);
      if (detail !== null) return pass('cannot_continue', detail);
    }
    const { workspaceId } = this.#spec;
    const refusal = place === 0 ? null : await reserveAttempt(this.#means, workspaceId, callId, target);
    if (refusal !== null) return pass('budget_exceeded', refusal);
    // Asked last: of an open circuit whoever may pass is the one to try it.
    if (await mayPass(this.#means.env, this.#guarded(target))) return null;
    if (place > 0) await releaseAttempt(this.#means, workspaceId, callId);
    return pass('circuit_open', 'too many of its calls failed in the last minute');
  }

  /** Makes one upstream call, and writes down how it ended. */
  async #attempt(place: number, target: CallTarget, callId: string): Promise<Ending> {
    const continues = this.#readers.hasShown;
    const request: AttemptRequest = continues ? this.#continuation(target) : target;
    this.#log.beginAttempt({ callId, target: place, continues });
    const answer = new Answer();
    const startedAt = Date.now();
    const ending = await this.#receive(request, place, answer, continues);
    const outcome = await this.#price(request, answer, ending, startedAt);
    const fault = ending.fault ? toCallFault(ending.fault, target.ownKey) : null;
    this.#log.endAttempt({ ...outcome, errorMessage: fault?.detail ?? null }, fault);
    this.#tellCircuit(target, ending);
    return ending;
  }

  #continuation(target: CallTarget): ChatRequest {
    return toContinuation(target, this.#shown.content, sumUsage(this.#log.attempts).completionTokens);
  }

  /** The next attempt begins anew where nobody has seen what this one wrote; at once, before anybody comes and does. */
  #takeBack(): void {
    if (this.#readers.hasShown) return;
    this.#shown = new Answer();
    this.#log.discardText();
    this.#readers.rewind();
  }

  async #receive(request: AttemptRequest, place: number, answer: Answer, continues: boolean): Promise<Ending> {
    const target = this.#spec.targets[place]!;
    const connection = this.#means.connections[place]!;
    const abort = (this.#abort = new AbortController());
    const startedAt = Date.now();
    const seam = continues ? createSeam(this.#shown.content) : null;
    this.#firstTokenMs = null;
    const limitMs = this.#means.env.LLM_STALL_LIMIT_MS * (request.reading.patient ? PATIENCE : 1);
    const watch = new StallWatch(limitMs, this.#spec.deadlines, (stall) => abort.abort(stall));
    try {
      const guarded = connection.guarded && createGuardedSend(this.#means.ctx);
      const deltas = await startCall(connection, request, abort.signal, guarded);
      this.#log.accept();
      for await (const delta of deltas) {
        answer.add(delta);
        const isToken = this.#relay(seam && delta.content ? { ...delta, content: seam(delta.content) } : delta);
        if (isToken) this.#firstTokenMs ??= Date.now() - startedAt;
        watch.note(isToken);
        // After its last piece an answer has only its usage to tell.
        if (answer.finishReason) this.#leaving.rest();
        else this.#leaving.note();
      }
      // Of a text that broke off at its very end nothing may be left to say.
      return !continues && isNothing(answer, request)
        ? { status: 'error', fault: unavailable('the provider answered with nothing') }
        : { status: 'success' };
    } catch (error) {
      if (abort.signal.aborted) await scheduler.wait(CLOSING_MS);
      return this.#describeEnding(error, abort.signal, target);
    } finally {
      watch.stop();
      this.#leaving.rest();
    }
  }

  #describeEnding(error: unknown, { reason }: AbortSignal, { ownKey, provider }: CallTarget): Ending {
    if (reason === CLIENT_LEFT) return { status: 'cancelled' };
    if (isStall(reason)) return { status: 'error', fault: unavailable(reason.detail), stall: reason };
    const fault = error instanceof ProviderError ? error.fault : unavailable('the call could not be made');
    if (!(error instanceof ProviderError)) {
      logEvent('error', 'llm_call_not_made', { call_id: this.#spec.callId, error: describeError(error) });
    }
    if (isOperatorsFault(fault, ownKey)) {
      const { kind, status, message } = fault;
      logEvent('error', 'provider_key_at_fault', { call_id: this.#spec.callId, provider, kind, status, message });
    }
    return { status: 'error', fault };
  }

  /** Keeps a delta and shows it; tells whether there was anything to see. */
  #relay(delta: ChatDelta): boolean {
    this.#shown.add(delta);
    // Vectors are too large to keep.
    const { vectors: _, ...kept } = delta;
    this.#log.add(kept);
    const frame = toDeltaFrame(delta);
    if (frame) this.#readers.send(frame);
    return frame !== null;
  }

  async #price(request: AttemptRequest, answer: Answer, ending: Ending, startedAt: number): Promise<CallOutcome> {
    const accepted = this.#log.attempts.at(-1)!.accepted;
    // Before it answers, a provider has the prompt all the same: who leaves then pays for that.
    const isTaken = accepted || ending.status === 'cancelled';
    const usage = await countUsage(this.#means.env.ASSETS, request, answer, isTaken);
    return {
      status: ending.status,
      finishReason: answer.finishReason,
      inputTokens: usage.promptTokens,
      outputTokens: usage.completionTokens,
      reasoningTokens: usage.reasoningTokens ?? null,
      tokenSource: usage.source,
      latencyMs: Date.now() - startedAt,
      firstTokenMs: this.#firstTokenMs,
      apiStatusCode: ending.fault ? ending.fault.status : accepted ? 200 : null,
      errorMessage: null,
    };
  }

  #tellCircuit(target: CallTarget, { status, fault, stall }: Ending): void {
    const isFailure = fault !== undefined && isProvidersFault(fault, target.ownKey) && (stall?.isAtFault ?? true);
    // A provider that refuses a request is well.
    const isWell = status === 'success' || (fault !== undefined && isOfRequest(fault));
    if (!isWell && !isFailure) return;
    void noteCall(this.#means.env, this.#guarded(target), this.#spec.workspaceId, !isFailure);
  }

  #guarded({ provider, model, endpointId }: CallTarget): Guarded {
    return { provider, model, endpointId, workspaceId: endpointId === null ? null : this.#spec.workspaceId };
  }

  #openUntil(target: CallTarget): number | null {
    return circuitOpenUntil(this.#means.env, this.#guarded(target), Date.now());
  }
}

const startCall = (connection: Connection, request: AttemptRequest, signal: AbortSignal, guarded?: Send) =>
  request.embedding
    ? startEmbedding(connection, request, request.embedding, signal, guarded)
    : startChat(connection, request, signal, guarded);

const faultOf = ({ provider, model }: CallTarget, fault: CallFault): CallFault => ({ ...fault, provider, model });

const isStall = (reason: unknown): reason is Stall =>
  typeof reason === 'object' && reason !== null && 'isAtFault' in reason;

/** A complete answer without a word, where nothing in the request explains it. */
function isNothing(answer: Answer, { parameters }: ChatRequest): boolean {
  return answer.finishReason === 'stop' && answer.text.trim() === '' && !('stop' in parameters);
}
