import { describeError, logEvent } from '../../../core/log.ts';
import type { CircuitView } from '../../../core/circuit.ts';
import { SECOND } from '../../../core/time.ts';
import type { Env } from '../../../env.ts';
import type { Guarded, LlmCircuit } from './circuit.do.ts';

/** How a circuit stood when this isolate last heard of it, and the calls that it has not told of yet. */
type Known = { view: CircuitView; heardAt: number; succeeded: Map<string, number> };

const known = new WeakMap<Env, Map<string, Known>>();

const UNKNOWN: CircuitView = { state: 'closed', calls: 0, failedCalls: 0, retryAt: null };

/** Successes are told together, once a second; failures at once. */
const TELL_EVERY_MS = SECOND;

/** What a circuit is called, as an object and in the database. */
export const nameOf = ({ provider, model, endpointId }: Guarded) =>
  endpointId === null ? `${provider}/${model}` : `endpoint/${endpointId}/${model}`;

function knownOf(env: Env, name: string): Known {
  let ofEnv = known.get(env);
  if (!ofEnv) known.set(env, (ofEnv = new Map()));
  let one = ofEnv.get(name);
  if (!one) ofEnv.set(name, (one = { view: UNKNOWN, heardAt: 0, succeeded: new Map() }));
  return one;
}

const objectOf = (env: Env, name: string) => (env.LLM_CIRCUIT as DurableObjectNamespace<LlmCircuit>).getByName(name);

/** When a circuit may be tried again, in milliseconds; null where calls may pass. By what this isolate has heard. */
export function circuitOpenUntil(env: Env, guarded: Guarded, now: number): number | null {
  const { state, retryAt } = knownOf(env, nameOf(guarded)).view;
  return state !== 'closed' && retryAt !== null && retryAt > now ? retryAt : null;
}

/**
 * Whether a call may be made. While all is well nobody is asked: the circuit is known from what it answered to reports.
 * Once it may be tried again, one call at a time gets through.
 */
export async function mayPass(env: Env, guarded: Guarded): Promise<boolean> {
  const name = nameOf(guarded);
  const { view } = knownOf(env, name);
  if (view.state === 'closed') return true;
  if (view.retryAt !== null && view.retryAt > Date.now()) return false;
  // A breaker that cannot be asked breaks nothing.
  return objectOf(env, name)
    .claimProbe()
    .catch(() => true);
}

/** Tells the circuit how a call of a workspace ended. It may be awaited or not. */
export async function noteCall(env: Env, guarded: Guarded, workspaceId: string, succeeded: boolean): Promise<void> {
  const name = nameOf(guarded);
  const one = knownOf(env, name);
  if (succeeded) one.succeeded.set(workspaceId, (one.succeeded.get(workspaceId) ?? 0) + 1);
  const isQuiet = one.view.state === 'closed' && Date.now() - one.heardAt < TELL_EVERY_MS;
  if (succeeded && isQuiet) return;
  const reports = [...one.succeeded].map(([caller, count]) => ({ caller, succeeded: count, failed: 0 }));
  if (!succeeded) reports.push({ caller: workspaceId, succeeded: 0, failed: 1 });
  one.succeeded.clear();
  one.heardAt = Date.now();
  try {
    one.view = await objectOf(env, name).report(guarded, reports);
  } catch (error) {
    logEvent('warn', 'circuit_not_told', { ...guarded, error: describeError(error) });
  }
}
