import type { Env } from '../../env.ts';
import type { CallContents } from './contents/compose.ts';
import type { Settlement } from './outcome.ts';
import type { LlmStream, StreamRequest } from './stream.do.ts';
import { unlessAway } from './unless-away.ts';

/** The object that owns a call. */
export function llmStream(env: Env, callId: string) {
  const stub = (env.LLM_STREAM as DurableObjectNamespace<LlmStream>).getByName(callId);
  return {
    open: (request: StreamRequest): Promise<Response> =>
      unlessAway(stub.fetch('https://llm-stream/', { method: 'POST', body: JSON.stringify(request) })),
    settle: (): Promise<Settlement> => unlessAway<Settlement>(stub.settle()),
    read: (): Promise<{ isRunning: boolean; text: string | null }> =>
      unlessAway<{ isRunning: boolean; text: string | null }>(stub.read()),
    contents: (): Promise<CallContents | null> =>
      unlessAway(stub.contents() as Promise<unknown> as Promise<CallContents | null>),
    confirm: () => unlessAway(stub.confirm()),
  };
}
