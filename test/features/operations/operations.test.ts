import { env } from 'cloudflare:workers';
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import worker from '../../../local/worker.ts';
import { createSuperuser, createUser, type User } from '../../helpers/actors.ts';
import { eventually } from '../../helpers/eventually.ts';
import { chat, settledUsage } from '../../helpers/llm.ts';
import { deliver } from '../../helpers/queue.ts';

const LETTERS = '/api/v1/admin/dead-letters';

let admin: User;
beforeAll(async () => {
  admin = await createSuperuser();
});

/** The dead letter of a message that is delivered, and cannot be handled any more. */
async function letterOf(body: object): Promise<{ id: string }> {
  const {
    ids: [messageId],
  } = await deliver([{ body }]);
  const { body: letters } = await admin.get(LETTERS, { query: { limit: 200 } });
  return letters.find((letter: { message_id: string }) => letter.message_id === messageId);
}

describe('a dead letter', () => {
  test('is seen, read with an ETag, replayed once, and discarded', async () => {
    const { body: answer } = await admin.post('/api/v1/llm/chat', chat('For a replay'));
    const callId: string = answer.metadata.call_id;
    await settledUsage(callId);
    // A call that was never recorded cannot be settled.
    const message = { job: 'llm.settle', payload: { callId: 'broken' }, failures: 4 };
    const { id } = await letterOf(message);

    const first = await admin.get(`${LETTERS}/${id}`);
    expect(first.body).toMatchObject({ job: 'llm.settle', body: message, replayed_at: null });
    const etag = first.headers.get('etag')!;
    const second = await admin.get(`${LETTERS}/${id}`, { headers: { 'If-None-Match': etag } });
    expect(second.status).toBe(304);

    const replays = await Promise.all([1, 2, 3].map(() => admin.post(`${LETTERS}/${id}/replay`)));
    expect(replays.map((replay) => replay.status)).toEqual([200, 200, 200]);
    expect(replays[0]!.body.replayed_at).not.toBeNull();
    expect((await admin.get(LETTERS, { query: { state: 'replayed' } })).body).toContainEqual(
      expect.objectContaining({ id }),
    );

    expect(await admin.delete(`${LETTERS}/${id}`)).toMatchObject({ status: 200 });
    expect(await admin.get(`${LETTERS}/${id}`)).toMatchObject({ status: 404 });
  });

  test('whose cause is gone does its work when it is replayed', async () => {
    const mailId = crypto.randomUUID();
    const { id } = await letterOf({ job: 'nobody.knows', payload: { mailId }, failures: 0 });
    expect(await admin.post(`${LETTERS}/${id}/replay`)).toMatchObject({ status: 200 });
    // The job is still unknown, so the queue delivers the message to the dead letters again.
    await eventually(async () => {
      const { body } = await admin.get(LETTERS, { query: { limit: 200, job: 'nobody.knows' } });
      const letters: { id: string }[] = body;
      for (const letter of letters) {
        const { body: whole } = await admin.get(`${LETTERS}/${letter.id}`);
        if (letter.id !== id && whole.body?.payload?.mailId === mailId) return true;
      }
      return false;
    });
  });
});

describe('the reports', () => {
  test('count what waits', async () => {
    const { body } = await admin.get('/api/v1/admin/queues');
    expect(body.waiting.map((work: { name: string }) => work.name)).toEqual(['llm.settle', 'mail.deliver']);
    expect(body.queues).toMatchObject([{ name: 'jobs' }]);
  });

  test('show when each cron task last ran', async () => {
    const before = Date.now();
    const execution = createExecutionContext();
    const controller = createScheduledController({ cron: '7 * * * *', scheduledTime: new Date() });
    await worker.scheduled(controller, env, execution);
    await waitOnExecutionContext(execution);
    const { body } = await admin.get('/api/v1/admin/cron-tasks');
    const rollUp = body.find((task: { name: string }) => task.name === 'usage.roll-up');
    expect(rollUp).toMatchObject({ cron: '7 * * * *', last_error: null });
    expect(Date.parse(rollUp.last_succeeded_at)).toBeGreaterThanOrEqual(before - 1000);
  });

  test('are for administrators of the platform alone', async () => {
    const user = await createUser();
    for (const path of ['/api/v1/admin/queues', '/api/v1/admin/cron-tasks', LETTERS]) {
      expect(await user.get(path)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    }
  });
});
