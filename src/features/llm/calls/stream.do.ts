import { DurableObject } from 'cloudflare:workers';
import { createSystemCtx, type Ctx } from '../../../context.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import { MINUTE } from '../../../core/time.ts';
import { parseEnv, type Env } from '../../../env.ts';
import { SETTLE_AGAIN_MS, CallLog, WATCH_MS, type CallBook } from './call-log.ts';
import type { CallMeans } from './call-run.ts';
import type { CallSpec } from './call-spec.ts';
import { CallTables } from './call-tables.ts';
import type { CallContents } from '../contents/compose.ts';
import type { Settlement } from './outcome.ts';
import { OwnedCall } from './owned-call.ts';
import { settleEnded, type EndedCall } from '../service/settle.ts';
import type { ReadMode } from './stream-readers.ts';
import { WriteSoon } from './write-soon.ts';

/** How long it is remembered that a call was given up. */
const KEEP_ABANDONED_MS = 60 * MINUTE;

/** Outcomes are settled together: for so long the first waits for others, and so many make a transaction. */
const SETTLE_TOGETHER_MS = 250;
const SETTLE_AT_ONCE = 50;

/**
 * What the calls of one object may hold in memory together, in characters: each counts with its request, and with as
 * much as an answer takes while it is relayed.
 */
const HELD_LIMIT = 16 * 1024 * 1024;
const HELD_BY_ANSWER = 32 * 1024;

/**
 * To make a call, or to read along. Who comes back says what they have in `after`, the id of a frame, and gets an answer
 * that broke off as far as it came; for anybody else only a complete answer is one.
 */
export type StreamRequest =
  | { spec: CallSpec; mode: ReadMode; means: Omit<CallMeans, 'env' | 'ctx'> }
  | { spec: null; callId: string; mode: ReadMode; after: number | null };

/**
 * Owns a share of the calls of a workspace, and of no other: those that its name is drawn for. It makes each of them,
 * lets it be read, settles it, and keeps its outcome until that is in the database. In memory are the calls that go
 * on; the others are read back when they are asked for.
 */
export class LlmStream extends DurableObject<Record<string, unknown>> {
  readonly #env: Env;
  readonly #book: CallBook;
  readonly #calls = new Map<string, OwnedCall>();
  /** Calls that broke off, while what arrived of them is counted. */
  readonly #ending = new Map<string, Promise<Settlement>>();
  #held = 0;
  /** When the alarm rings at the latest. */
  #armedFor: number;
  /** Calls that are to be settled soon, as they have ended; null where that is to be read back. */
  readonly #unsettled = new Map<string, EndedCall | null>();
  #ctx: Ctx | undefined;

  constructor(state: DurableObjectState, env: Record<string, unknown>) {
    super(state, env);
    this.#env = parseEnv(env);
    this.#book = { tables: new CallTables(state.storage), soon: new WriteSoon() };
    this.#armedFor = this.#book.tables.nextDue() ?? Infinity;
    // What had ended before a restart was to be settled then.
    for (const callId of this.#book.tables.unconfirmed(Infinity)) this.#settleSoon(callId);
  }

  /**
   * Starts a call, and streams its answer: 410 when it was started before or given up, 503 where there are too many.
   * Without a spec the answer again: 409 while it is not known to somebody who does not come back, 410 where it is not
   * complete, 404 where there was no call.
   */
  override async fetch(request: Request): Promise<Response> {
    const text = await request.text();
    const asked = JSON.parse(text) as StreamRequest;
    if (!asked.spec) {
      const found = this.#find(asked.callId);
      if (found === 'abandoned') return new Response(null, { status: 410 });
      return found?.follow(asked.mode, asked.after) ?? new Response(null, { status: 404 });
    }
    const { spec, mode, means } = asked;
    if (this.#find(spec.callId)) return new Response(null, { status: 410 });
    const size = text.length + HELD_BY_ANSWER;
    if (this.#held + size > HELD_LIMIT) return new Response(null, { status: 503 });
    const call = OwnedCall.begin(this.#book, spec);
    const answer = call.open(mode);
    this.ctx.waitUntil(this.#make(spec.callId, call, size, { ...means, env: this.#env, ctx: this.#ownCtx() }));
    return answer;
  }

  async #make(callId: string, call: OwnedCall, size: number, means: CallMeans): Promise<void> {
    this.#calls.set(callId, call);
    this.#held += size;
    this.#arm(Date.now() + WATCH_MS);
    try {
      await call.make(means);
    } finally {
      this.#held -= size;
      this.#calls.delete(callId);
      this.#settleSoon(callId, toEnded(call));
    }
  }

  /** A call that goes on, or that was written down. */
  #find(callId: string): OwnedCall | 'abandoned' | null {
    const running = this.#calls.get(callId);
    if (running) return running;
    const kept = this.#book.tables.find(callId);
    return kept === null || kept === 'abandoned' ? kept : new OwnedCall(CallLog.readBack(this.#book, kept));
  }

  /** What is to be settled of calls, in their order. One that never started is given up for good. */
  settle(callIds: string[]): Promise<Settlement[]> {
    return Promise.all(callIds.map((callId) => this.#settle(callId)));
  }

  async #settle(callId: string): Promise<Settlement> {
    const ending = this.#ending.get(callId);
    if (ending) return ending;
    const found = this.#find(callId);
    if (found === null) this.#abandon(callId);
    if (found === null || found === 'abandoned') return { state: 'abandoned' };
    return this.#calls.has(callId) || found.hasEnded ? found.settlement : this.#endInterrupted(callId, found);
  }

  #abandon(callId: string): void {
    const due = Date.now() + KEEP_ABANDONED_MS;
    this.#book.tables.abandon(callId, due);
    this.#arm(due);
  }

  /** This object was restarted in the middle of a call. Whoever asks meanwhile waits for the same end. */
  #endInterrupted(callId: string, call: OwnedCall): Promise<Settlement> {
    const ending = call
      .endInterrupted(this.#env.ASSETS)
      .then(() => call.settlement)
      .finally(() => this.#ending.delete(callId));
    this.#ending.set(callId, ending);
    return ending;
  }

  /** The complete answer's text, for comparison with another one; null where there is none. */
  read(callId: string): { isRunning: boolean; text: string | null } {
    const found = this.#find(callId);
    return found === null || found === 'abandoned' ? { isRunning: false, text: null } : found.text;
  }

  /** What was asked and answered; null once that is forgotten. */
  contents(callId: string): CallContents | null {
    const found = this.#find(callId);
    return found === null || found === 'abandoned' ? null : found.contents;
  }

  /** The outcomes are in the database: the calls may be forgotten. */
  confirm(callIds: string[]): void {
    this.#book.tables.confirm(callIds, Date.now());
  }

  /** Ends what broke off, settles again what nobody has confirmed, and forgets what was kept for long enough. */
  override async alarm(): Promise<void> {
    const { tables } = this.#book;
    this.#armedFor = Infinity;
    tables.forgetDue(Date.now());
    const [running, lost] = partition(tables.unfinished(), (callId) => this.#calls.has(callId));
    for (const callId of lost) await this.#settle(callId);
    const now = Date.now();
    const silent = [...lost, ...tables.unconfirmed(now)];
    for (const callId of silent) this.#settleSoon(callId);
    tables.postpone(running, now + WATCH_MS);
    tables.postpone(silent, now + SETTLE_AGAIN_MS);
    const next = tables.nextDue();
    if (next !== null) this.#arm(next);
    else if (this.#calls.size === 0) await tables.clear();
  }

  /** With other calls that have ended. */
  #settleSoon(callId: string, ended: EndedCall | null = null): void {
    if (this.#unsettled.size === 0) setTimeout(() => void this.#settleAll(), SETTLE_TOGETHER_MS);
    this.#unsettled.set(callId, ended);
  }

  async #settleAll(): Promise<void> {
    const calls = [...this.#unsettled];
    this.#unsettled.clear();
    for (let at = 0; at < calls.length; at += SETTLE_AT_ONCE) {
      await this.#settleTogether(calls.slice(at, at + SETTLE_AT_ONCE));
    }
  }

  /** Whatever keeps them from being settled is waited out, or put aside, by the queue. */
  async #settleTogether(calls: [callId: string, ended: EndedCall | null][]): Promise<void> {
    const ctx = this.#ownCtx();
    try {
      const settled = await settleEnded(
        ctx,
        calls.flatMap(([callId, ended]) => ended ?? this.#findEnded(callId) ?? []),
      );
      this.confirm(settled.map(({ callId }) => callId));
    } catch (error) {
      logEvent('warn', 'calls_not_settled', { count: calls.length, error: describeError(error) });
      await ctx.jobs.send('llm.settle', ...calls.map(([callId]) => ({ callId })));
    }
  }

  #findEnded(callId: string): EndedCall | null {
    const found = this.#find(callId);
    return found === null || found === 'abandoned' ? null : toEnded(found);
  }

  /** One for all calls: nothing in it is of one of them. */
  #ownCtx(): Ctx {
    return (this.#ctx ??= createSystemCtx(this.#env, 'llm-stream', (promise) => this.ctx.waitUntil(promise)));
  }

  #arm(at: number): void {
    if (at >= this.#armedFor) return;
    this.#armedFor = at;
    void this.ctx.storage.setAlarm(at);
  }
}

function toEnded({ key, settlement }: OwnedCall): EndedCall | null {
  return settlement.state === 'ended' ? { key, settlement } : null;
}

const partition = <T>(all: T[], is: (one: T) => boolean): [T[], T[]] => [all.filter(is), all.filter((one) => !is(one))];
