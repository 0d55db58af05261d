import { env } from 'cloudflare:workers';
import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import worker from '../../local/worker.ts';
import { sql } from '../helpers/database.ts';
import { eventually } from '../helpers/eventually.ts';

const STORAGE = (env as unknown as { STORAGE: R2Bucket }).STORAGE;

async function deliver(queue: string, body: unknown, attempts = 1) {
  const id = crypto.randomUUID();
  const batch = createMessageBatch(queue, [{ id, timestamp: Date.now(), attempts, body }]);
  const execution = createExecutionContext();
  await worker.queue(batch, env, execution);
  return { id, result: await getQueueResult(batch, execution) };
}

const deadLetterOf = async (messageId: string) =>
  (await sql`select * from dead_letters where message_id = ${messageId}`)[0];

describe('a message that cannot be handled', () => {
  test.each([
    ['of an unknown job', { job: 'nobody.knows', payload: {}, failures: 0 }],
    ['that is no job at all', 'nonsense'],
  ])('%s is stored whole and recorded', async (_, body) => {
    const { id, result } = await deliver('synapscale-jobs', body);
    expect(result.explicitAcks).toEqual([id]);
    const letter = await deadLetterOf(id);
    const stored = await STORAGE.get(letter!.object_key);
    expect(await stored!.json()).toMatchObject({ body });
  });

  test('a failing job is sent again with one failure more, and put aside at the fifth', async () => {
    // A call that nobody recorded, with an object that says it ended, cannot be settled; an id of another form neither.
    const message = { job: 'llm.settle', payload: { callId: 'not a uuid' }, failures: 0 };
    const first = await deliver('synapscale-jobs', message);
    expect(first.result.explicitAcks).toEqual([first.id]);
    expect(await deadLetterOf(first.id)).toBeUndefined();
    const fifth = await deliver('synapscale-jobs', { ...message, failures: 4 });
    expect(await deadLetterOf(fifth.id)).toMatchObject({ job: 'llm.settle' });
  });

  test('what the queue itself has given up is recorded once, however often it comes', async () => {
    const body = { job: 'llm.settle', payload: { callId: crypto.randomUUID() }, failures: 0 };
    const id = crypto.randomUUID();
    for (let delivery = 0; delivery < 2; delivery++) {
      const batch = createMessageBatch('synapscale-dead-letters', [{ id, timestamp: Date.now(), attempts: 1, body }]);
      const execution = createExecutionContext();
      await worker.queue(batch, env, execution);
      expect((await getQueueResult(batch, execution)).explicitAcks).toEqual([id]);
    }
    const rows = await eventually(async () => await sql`select id from dead_letters where message_id = ${id}`);
    expect(rows).toHaveLength(1);
  });
});
