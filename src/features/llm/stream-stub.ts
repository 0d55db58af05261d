import type { Env } from '../../env.ts';
import type { LlmStream, StreamRequest } from './stream.do.ts';

/** The object that owns a call. */
export function llmStream(env: Env, callId: string) {
  const stub = (env.LLM_STREAM as DurableObjectNamespace<LlmStream>).getByName(callId);
  return {
    open: (request: StreamRequest): Promise<Response> =>
      stub.fetch('https://llm-stream/', { method: 'POST', body: JSON.stringify(request) }),
    settle: () => stub.settle(),
    confirm: () => stub.confirm(),
  };
}
