import { DurableObject } from 'cloudflare:workers';
import { createSystemCtx } from '../../../context.ts';
import { fromPico, toPico } from '../../../core/decimal.ts';
import { HOUR, MINUTE } from '../../../core/time.ts';
import type { Database } from '../../../db/client.ts';
import { parseEnv, type Env } from '../../../env.ts';
import { findRecordedCalls, sumSpending, type Spending } from './queries.ts';
import { Reservations } from './reservations.ts';

/** What may be spent in a period, and what counts against it. */
export type Limit = { budgetId: string; amountUsd: string; spending: Spending };

export type Balance = { spentUsd: string; reservedUsd: string; remainingUsd: string };

export type Grant = { granted: true } | { granted: false; budgetId: string; remainingUsd: string };

/** After so long what was spent is summed anew, so that whatever this object was not told of is counted too. */
const SUM_AGAIN_MS = MINUTE;

/** A settlement that has not come by then was lost: the ledger is asked. */
const SETTLED_BY_MS = 10 * MINUTE;

/** Nor does any call take so long. */
const RECORDED_BY_MS = 2 * HOUR;

/** What the ledger holds but for the calls that were reserved then, and what was settled of those since. */
type Account = { summedAt: number; ledger: Promise<bigint>; settled: bigint };

/**
 * Keeps the budgets of a workspace, which is its name: every call reserves what it may cost at the most, and settles
 * with what it did cost. One call after another decides here, so that together they never exceed what is left. The
 * ledger in the database is what counts; this object holds the reservations, which the ledger cannot know yet.
 */
export class LlmBudget extends DurableObject<Record<string, unknown>> {
  readonly #env: Env;
  readonly #reservations: Reservations;
  /** By budget and the beginning of its period. */
  readonly #accounts = new Map<string, Account>();

  constructor(state: DurableObjectState, env: Record<string, unknown>) {
    super(state, env);
    this.#env = parseEnv(env);
    this.#reservations = new Reservations(state.storage);
  }

  /** Sets an amount aside under each of these budgets, or under none of them where one has less left. */
  reserve(callId: string, amountUsd: string, limits: Limit[]): Promise<Grant> {
    const amount = toPico(amountUsd);
    return this.#decide(limits, (spent): Grant => {
      for (const [n, limit] of limits.entries()) {
        const remaining = toPico(limit.amountUsd) - spent[n]! - this.#reservations.sumOf(keyOf(limit));
        if (amount > remaining) {
          return { granted: false, budgetId: limit.budgetId, remainingUsd: fromPico(remaining > 0n ? remaining : 0n) };
        }
      }
      this.#reservations.add(callId, amount, limits.map(keyOf));
      return { granted: true };
    });
  }

  /** Gives back what a call had set aside, and counts what it did cost. A second time changes nothing. */
  settle(callId: string, costUsd: string): void {
    const keys = this.#reservations.keysOf(callId);
    if (!this.#reservations.remove(callId)) return;
    for (const key of keys) {
      const account = this.#accounts.get(key);
      if (account) account.settled += toPico(costUsd);
    }
  }

  /** The same for many, which are written down at once. */
  settleAll(costs: [callId: string, costUsd: string][]): void {
    for (const [callId, costUsd] of costs) this.settle(callId, costUsd);
  }

  balances(limits: Limit[]): Promise<Balance[]> {
    return this.#decide(limits, (spent) =>
      limits.map((limit, n) => {
        const reserved = this.#reservations.sumOf(keyOf(limit));
        const remaining = toPico(limit.amountUsd) - spent[n]! - reserved;
        return {
          spentUsd: fromPico(spent[n]!),
          reservedUsd: fromPico(reserved),
          remainingUsd: fromPico(remaining > 0n ? remaining : 0n),
        };
      }),
    );
  }

  /**
   * Decides by what has been spent under each budget. Settlements reach the accounts of the map alone: where one was
   * replaced while another was waited for, its successor is asked, and nothing is awaited before the decision.
   */
  async #decide<T>(limits: Limit[], decide: (spent: bigint[]) => T): Promise<T> {
    for (;;) {
      const accounts = limits.map((limit) => this.#accountOf(limit));
      const sums = await Promise.all(accounts.map(({ ledger }) => ledger));
      const areCurrent = limits.every((limit, n) => this.#accounts.get(keyOf(limit)) === accounts[n]);
      if (areCurrent) return decide(sums.map((sum, n) => sum + accounts[n]!.settled));
    }
  }

  /** What has been spent under a budget; those who ask at the same time wait for one answer. */
  #accountOf(limit: Limit): Account {
    const key = keyOf(limit);
    const known = this.#accounts.get(key);
    if (known && known.summedAt >= Date.now() - SUM_AGAIN_MS) return known;
    const account = { summedAt: Date.now(), ledger: this.#sumInLedger(limit), settled: 0n };
    this.#accounts.set(key, account);
    account.ledger.catch(() => {
      if (this.#accounts.get(key) === account) this.#accounts.delete(key);
    });
    return account;
  }

  /** Leaves out the calls that are reserved as it begins: what they cost comes with their settlement. */
  async #sumInLedger(limit: Limit): Promise<bigint> {
    const key = keyOf(limit);
    const leftOut = new Set(this.#reservations.callsOf(key));
    const { db } = createSystemCtx(this.#env, 'llm.budget', (promise) => this.ctx.waitUntil(promise));
    for (const callId of await this.#findEnded(db)) if (this.#forget(callId, key)) leftOut.delete(callId);
    return toPico(await sumSpending(db, limit.spending, [...leftOut]));
  }

  /**
   * Calls that should have been settled by now, and are over. A further attempt of a call is recorded when the call is
   * settled: one that is recorded nowhere after the longest time that a call may take was never made.
   */
  async #findEnded(db: Database): Promise<string[]> {
    const now = Date.now();
    const old = this.#reservations.callsBefore(now - SETTLED_BY_MS);
    const lost = new Set(this.#reservations.callsBefore(now - RECORDED_BY_MS));
    const recorded = await findRecordedCalls(db, old);
    return old.filter((callId) => recorded.get(callId)?.isOver ?? lost.has(callId));
  }

  /** Lets go of a call that the ledger has. Accounts other than `summing` had left it out, and are summed anew. */
  #forget(callId: string, summing: string): boolean {
    const keys = this.#reservations.keysOf(callId);
    for (const key of keys) if (key !== summing) this.#accounts.delete(key);
    return this.#reservations.remove(callId);
  }
}

const keyOf = ({ budgetId, spending }: Limit) => `${budgetId}@${spending.since.toISOString()}`;
