import { expect } from 'vitest';
import type { User } from './actors.ts';
import { chat, ledgerOf, readFrames, stubCalls, textOf, type Frame } from './llm.ts';
import { readEvents } from './streams.ts';

const WORDS = 16;

/** A client that loses its connection after every event, and comes back for the rest in either form by turns. */
async function readWithLosses(user: User, said: string, path = '/api/v1/llm/chat') {
  const key = { 'Idempotency-Key': crypto.randomUUID() };
  const request = chat(said, { stream: true });
  const begin = await user.post(path, request, { headers: key });
  const callId = begin.headers.get('x-llm-call-id')!;
  const frames: Frame[] = [];
  let { response, status } = begin;
  for (let connections = 1; ; connections++) {
    expect(status).toBe(200);
    // One that gave nothing, or the same again, would never end.
    expect(frames.at(-1)?.id ?? 0).toBe(connections - 1);
    // Leaving the loop ends the connection.
    for await (const { id, event, data } of readEvents(response)) {
      frames.push({ ...JSON.parse(data), id: Number(id), type: event });
      break;
    }
    const last = frames.at(-1)!;
    if (last.type === 'done' || last.type === 'error') return { frames, callId, connections };
    const headers = { 'Last-Event-ID': String(last.id) };
    ({ response, status } =
      connections % 2 === 0
        ? await user.post(path, request, { headers: { ...headers, ...key } })
        : await user.get(`/api/v1/llm/streams/${callId}`, { headers }));
  }
}

/** Reads so many streams at the same time, each with a connection for every event, and compares with one without. */
export async function reconnectManyTimes(user: User, streams: number, atOnce = 10): Promise<void> {
  const unbroken = await user.post('/api/v1/llm/chat', chat(`[[stub tokens=${WORDS} delay=0]] Hi`));
  let begun = 0;
  const reader = async () => {
    while (begun++ < streams) {
      const id = crypto.randomUUID();
      const read = await readWithLosses(user, `[[stub id=${id} tokens=${WORDS} delay=15]] Hi`);
      expect(textOf(read.frames)).toBe(unbroken.body.content);
      expect(read.frames.map((frame) => frame.id)).toEqual(read.frames.map((_, index) => index + 1));
      expect(read.frames.at(-1)!.type).toBe('done');
      expect(read.connections).toBe(WORDS + 2);
      expect(await stubCalls(id)).toMatchObject({ calls: 1, completed: 1, aborted: 0 });
      expect(await ledgerOf(read.callId, 1)).toMatchObject([{ status: 'success', token_source: 'provider' }]);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, reader));
}

/** All frames after one. */
export async function follow(user: User, callId: string, after: number): Promise<Frame[]> {
  const { response } = await user.get(`/api/v1/llm/streams/${callId}`, { query: { after } });
  return readFrames(response);
}
