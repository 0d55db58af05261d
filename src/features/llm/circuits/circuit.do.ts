import { DurableObject } from 'cloudflare:workers';
import { createSystemCtx } from '../../../context.ts';
import { Circuit, type CircuitReport, type CircuitView, type OpenCircuit } from '../../../core/circuit.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import { parseEnv, type Env } from '../../../env.ts';
import { saveCircuit } from './queries.ts';

/** What a circuit guards. A workspace's own endpoint has circuits of its own, by its id. */
export type Guarded = { provider: string; model: string; endpointId: string | null; workspaceId: string | null };

const OPEN = 'open';

/**
 * The circuit breaker of one model at one provider. Calls are counted in memory, which a restart may forget; that it is
 * open is kept, and written to the database for people to see.
 */
export class LlmCircuit extends DurableObject<Record<string, unknown>> {
  readonly #env: Env;
  readonly #circuit: Circuit;

  constructor(state: DurableObjectState, env: Record<string, unknown>) {
    super(state, env);
    this.#env = parseEnv(env);
    this.#circuit = new Circuit(this.#env.LLM_CIRCUIT_FAILURES, state.storage.kv.get<OpenCircuit>(OPEN) ?? null);
  }

  /** Counts calls that have ended, and says how things stand. */
  report(guarded: Guarded, reports: CircuitReport[]): CircuitView {
    const now = Date.now();
    if (this.#circuit.report(reports, now)) this.#keep(guarded, this.#circuit.view(now));
    return this.#circuit.view(now);
  }

  view(): CircuitView {
    return this.#circuit.view(Date.now());
  }

  /** Whether a call may try whether the provider is back. */
  claimProbe(): boolean {
    return this.#circuit.claimProbe(Date.now());
  }

  #keep(guarded: Guarded, view: CircuitView): void {
    const { open } = this.#circuit;
    if (open) this.ctx.storage.kv.put(OPEN, open);
    else this.ctx.storage.kv.delete(OPEN);
    logEvent(open ? 'warn' : 'info', 'circuit_changed', { ...guarded, ...view });
    const { db } = createSystemCtx(this.#env, 'llm.circuit', (promise) => this.ctx.waitUntil(promise));
    this.ctx.waitUntil(
      saveCircuit(db, this.ctx.id.name!, guarded, view).catch((error: unknown) =>
        logEvent('warn', 'circuit_not_saved', { ...guarded, error: describeError(error) }),
      ),
    );
  }
}
