import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import worker from '../../local/worker.ts';

type Message = { body: unknown; id?: string; attempts?: number };

/** Has a queue deliver messages in one batch, and tells what the Worker said of it, and under which ids they came. */
export async function deliver(messages: Message[], queue = 'synapscale-jobs') {
  const sent = messages.map(({ body, id = crypto.randomUUID(), attempts = 1 }) => ({
    id,
    timestamp: Date.now(),
    attempts,
    body,
  }));
  const batch = createMessageBatch(queue, sent);
  const execution = createExecutionContext();
  await worker.queue(batch, env, execution);
  return { ids: sent.map(({ id }) => id), result: await getQueueResult(batch, execution) };
}

/** The message by which a call is settled. */
export const settling = (callId: string, failures = 0) => ({
  body: { job: 'llm.settle', payload: { callId }, failures },
});
