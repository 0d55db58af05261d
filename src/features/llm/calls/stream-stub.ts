import type { Env } from '../../../env.ts';
import type { CallContents } from '../contents/compose.ts';
import type { Settlement } from './outcome.ts';
import type { LlmStream, StreamRequest } from './stream.do.ts';
import { unlessAway } from '../unless-away.ts';

/** Where a call is found. */
export type CallKey = { workspaceId: string; callId: string };

/** The objects that share the calls of a workspace; with another number, those that go on would not be found again. */
const SHARES = 4;

/** The object that owns a call: of its workspace alone, and by its id, which is random. */
export const nameOfOwner = ({ workspaceId, callId }: CallKey): string =>
  `${workspaceId}/${Number.parseInt(callId.slice(0, 8), 16) % SHARES}`;

const objectOf = (env: Env, name: string) => (env.LLM_STREAM as DurableObjectNamespace<LlmStream>).getByName(name);

/** A call at the object that owns it. */
export function llmStream(env: Env, call: CallKey) {
  const { callId } = call;
  const stub = objectOf(env, nameOfOwner(call));
  return {
    open: (request: StreamRequest): Promise<Response> =>
      unlessAway(stub.fetch('https://llm-stream/', { method: 'POST', body: JSON.stringify(request) })),
    read: (): Promise<{ isRunning: boolean; text: string | null }> =>
      unlessAway<{ isRunning: boolean; text: string | null }>(stub.read(callId)),
    contents: (): Promise<CallContents | null> =>
      unlessAway(stub.contents(callId) as Promise<unknown> as Promise<CallContents | null>),
  };
}

/** What is to be settled of calls, each object being asked once. In their order. */
export async function settleStreams(env: Env, calls: readonly CallKey[]): Promise<Settlement[]> {
  const settled = new Map<string, Settlement>();
  await eachOwner(calls, async (name, callIds) => {
    const settlements = await unlessAway<Settlement[]>(objectOf(env, name).settle(callIds));
    for (const [n, settlement] of settlements.entries()) settled.set(callIds[n]!, settlement);
  });
  return calls.map(({ callId }) => settled.get(callId)!);
}

/** The outcomes of calls are in the database. */
export const confirmStreams = (env: Env, calls: readonly CallKey[]): Promise<void> =>
  eachOwner(calls, (name, callIds) => unlessAway<void>(objectOf(env, name).confirm(callIds)));

async function eachOwner(
  calls: readonly CallKey[],
  ask: (name: string, callIds: string[]) => Promise<void>,
): Promise<void> {
  const byOwner = Map.groupBy(calls, nameOfOwner);
  await Promise.all(
    [...byOwner].map(([name, ofOne]) =>
      ask(
        name,
        ofOne.map(({ callId }) => callId),
      ),
    ),
  );
}
