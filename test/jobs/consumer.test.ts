import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { sql } from '../helpers/database.ts';
import { eventually } from '../helpers/eventually.ts';
import { deliver, settling } from '../helpers/queue.ts';

const STORAGE = (env as unknown as { STORAGE: R2Bucket }).STORAGE;

const deadLetterOf = async (messageId: string) =>
  (await sql`select * from dead_letters where message_id = ${messageId}`)[0];

describe('a message that cannot be handled', () => {
  test.each([
    ['of an unknown job', { job: 'nobody.knows', payload: {}, failures: 0 }],
    ['that is no job at all', 'nonsense'],
  ])('%s is stored whole and recorded', async (_, body) => {
    const { ids, result } = await deliver([{ body }]);
    expect(result.explicitAcks).toEqual(ids);
    const letter = await deadLetterOf(ids[0]!);
    const stored = await STORAGE.get(letter!.object_key);
    expect(await stored!.json()).toMatchObject({ body });
  });

  test('a failing job is sent again with one failure more, and put aside at the fifth', async () => {
    // A call that nobody recorded, with an object that says it ended, cannot be settled; an id of another form neither.
    const first = await deliver([settling('not a uuid')]);
    expect(first.result.explicitAcks).toEqual(first.ids);
    expect(await deadLetterOf(first.ids[0]!)).toBeUndefined();
    const fifth = await deliver([settling('not a uuid', 4)]);
    expect(await deadLetterOf(fifth.ids[0]!)).toMatchObject({ job: 'llm.settle' });
  });

  test('what the queue itself has given up is recorded once, however often it comes', async () => {
    const id = crypto.randomUUID();
    const message = { ...settling(crypto.randomUUID()), id };
    for (let delivery = 0; delivery < 2; delivery++) {
      const { result } = await deliver([message], 'synapscale-dead-letters');
      expect(result.explicitAcks).toEqual([id]);
    }
    const rows = await eventually(async () => await sql`select id from dead_letters where message_id = ${id}`);
    expect(rows).toHaveLength(1);
  });
});
