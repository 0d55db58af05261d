import { randomUUID } from 'node:crypto';
import { getEncoding } from 'js-tiktoken';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startModelStub, type ModelStub } from '../../local/model-stub.ts';

let stub: ModelStub;
let client: OpenAI;

beforeAll(async () => {
  stub = await startModelStub({ delay: 0 });
  client = new OpenAI({ baseURL: stub.baseUrl, apiKey: 'none', maxRetries: 0 });
});

afterAll(() => stub.close());

const ask = (content: string) => ({ model: 'local-small', messages: [{ role: 'user' as const, content }] });

const statsOf = async (id: string) =>
  (await fetch(`${stub.baseUrl.replace('/v1', '')}/stats?id=${id}`)).json() as Promise<Record<string, any>>;

const schema = {
  type: 'object',
  properties: {
    city: { type: 'string', minLength: 3 },
    days: { type: 'integer', minimum: 2 },
    unit: { enum: ['C', 'F'] },
  },
  required: ['city'],
};
const tools = [{ type: 'function' as const, function: { name: 'weather', parameters: schema } }];

async function collect(content: string, extra: object = {}) {
  const stream = await client.chat.completions.create({ ...ask(content), stream: true, ...extra });
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
  return { chunks, text, finish: chunks.map((chunk) => chunk.choices[0]?.finish_reason).find(Boolean) };
}

describe('an answer', () => {
  it('says what it is and what was said', async () => {
    const answer = await client.chat.completions.create(ask('Olá!'));
    expect(answer.choices).toHaveLength(1);
    expect(answer.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { role: 'assistant', content: 'This is the local model of SynapScale, not a real one. You said: Olá!' },
    });
  });

  it('counts tokens as o200k_base does', async () => {
    const encoding = getEncoding('o200k_base');
    const answer = await client.chat.completions.create(ask('How many tokens are these, 日本語 included?'));
    const completion = encoding.encode(answer.choices[0]!.message.content!).length;
    const prompt = 3 + 3 + 1 + encoding.encode('How many tokens are these, 日本語 included?').length;
    expect(answer.usage).toMatchObject({
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
    });
  });

  it('counts a long run without spaces in reasonable time', async () => {
    const startedAt = Date.now();
    await client.chat.completions.create(ask('x'.repeat(100_000)));
    expect(Date.now() - startedAt).toBeLessThan(10_000);
  });

  it('comes in words, with the usage last when asked for', async () => {
    const { chunks, text, finish } = await collect('one two', { stream_options: { include_usage: true } });
    expect(text).toBe('This is the local model of SynapScale, not a real one. You said: one two');
    expect(chunks.length).toBeGreaterThan(text.split(' ').length);
    expect(finish).toBe('stop');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: expect.any(Number) } });
    expect((await collect('one')).chunks.every(({ usage }) => !usage)).toBe(true);
  });

  it('honours max_tokens and stop', async () => {
    const short = await client.chat.completions.create({ ...ask('hello'), max_tokens: 4 });
    expect(short.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'This is the local' } });
    expect(short.usage!.completion_tokens).toBe(4);
    const stopped = await client.chat.completions.create({ ...ask('hello'), stop: [' not', 'local '] });
    expect(stopped.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'This is the ' } });
  });

  it('calls a tool when one is forced, and speaks when it is not', async () => {
    const forced = { type: 'function', function: { name: 'weather' } } as const;
    for (const choice of ['required', forced] as const) {
      const { choices } = await client.chat.completions.create({ ...ask('x'), tools, tool_choice: choice });
      const [call] = choices[0]!.message.tool_calls!;
      expect(choices[0]!.finish_reason).toBe('tool_calls');
      expect(call).toMatchObject({ type: 'function', function: { name: 'weather' } });
      expect(JSON.parse((call as any).function.arguments)).toEqual({ city: 'text', days: 2, unit: 'C' });
    }
    const free = await client.chat.completions.create({ ...ask('x'), tools });
    expect(free.choices[0]!.message.tool_calls).toBeUndefined();
    const { chunks, finish } = await collect('x', { tools, tool_choice: 'required' });
    const parts = chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
    expect(parts[0]).toMatchObject({ index: 0, id: expect.any(String), function: { name: 'weather' } });
    expect(JSON.parse(parts.map((part) => part.function?.arguments).join(''))).toMatchObject({ unit: 'C' });
    expect(finish).toBe('tool_calls');
  });

  it('keeps to a response format', async () => {
    const json = await client.chat.completions.create({ ...ask('x'), response_format: { type: 'json_object' } });
    expect(JSON.parse(json.choices[0]!.message.content!)).toHaveProperty('message');
    const format = { type: 'json_schema' as const, json_schema: { name: 'weather', schema } };
    const shaped = await client.chat.completions.create({ ...ask('x'), response_format: format });
    expect(JSON.parse(shaped.choices[0]!.message.content!)).toEqual({ city: 'text', days: 2, unit: 'C' });
  });

  it('refuses what is no request', async () => {
    await expect(client.chat.completions.create({ model: 'x' } as any)).rejects.toMatchObject({ status: 400 });
    await expect(client.post('/nothing', {})).rejects.toMatchObject({ status: 404 });
  });
});

describe('faults', () => {
  it('answers with a status', async () => {
    await expect(collect('[[stub status=503]]')).rejects.toMatchObject({ status: 503 });
  });

  it('cuts the connection before a piece', async () => {
    const pieces: string[] = [];
    const stream = await client.chat.completions.create({ ...ask('[[stub cut=3]] hi'), stream: true });
    await expect(
      (async () => {
        for await (const chunk of stream) pieces.push(chunk.choices[0]!.delta.content!);
      })(),
    ).rejects.toThrow();
    expect(pieces).toEqual(['This', ' is', ' the']);
  });

  it('ends early as if nothing were amiss', async () => {
    const { text, finish } = await collect('[[stub end=2]] hi');
    expect([text, finish]).toEqual(['This is', undefined]);
  });

  it('sends nonsense, and errors, in the middle', async () => {
    await expect(collect('[[stub malformed after=2]] hi')).rejects.toThrow(/JSON|Unexpected/);
    await expect(collect('[[stub error after=2]] hi')).rejects.toThrow(/asked to fail/);
    await expect(client.chat.completions.create(ask('[[stub malformed]] hi'))).rejects.toThrow();
  });

  it('stalls', async () => {
    const startedAt = Date.now();
    await collect('[[stub stall=400 after=2]] hi');
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(400);
  });

  it('answers with nothing, with many words, without usage', async () => {
    expect((await collect('[[stub empty]] hi')).text).toBe('');
    const { text, chunks } = await collect('[[stub tokens=200 nousage]]', { stream_options: { include_usage: true } });
    expect(text.split(' ')).toHaveLength(200);
    expect(chunks.every(({ usage }) => !usage)).toBe(true);
  });

  it('fails a number of times, then no more', async () => {
    const id = randomUUID();
    const request = ask(`[[stub id=${id} status=500 times=2]] hi`);
    await expect(client.chat.completions.create(request)).rejects.toMatchObject({ status: 500 });
    await expect(client.chat.completions.create(request)).rejects.toMatchObject({ status: 500 });
    expect((await client.chat.completions.create(request)).choices[0]!.message.content).toContain('You said: hi');
    expect(await statsOf(id)).toMatchObject({ calls: 3, failed: 2, completed: 1, aborted: 0, active: 0 });
  });
});

describe('the pace of an answer', () => {
  it('is slow after the pieces that are to come quickly', { timeout: 15_000 }, async () => {
    const marked = '[[stub tokens=8 quick=5 delay=60000]]';
    const stream = await client.chat.completions.create({ ...ask(marked), stream: true });
    let pieces = 0;
    setTimeout(() => stream.controller.abort(), 2_000);
    for await (const _ of stream) pieces++;
    expect(pieces).toBe(5);
  });
});

describe('statistics', () => {
  it('tell calls that the client left from those that were completed', async () => {
    const id = randomUUID();
    const marked = `[[stub id=${id} tokens=500 delay=20]]`;
    const stream = await client.chat.completions.create({ ...ask(marked), stream: true });
    for await (const _ of stream) break;
    await expect.poll(() => statsOf(id)).toMatchObject({ calls: 1, aborted: 1, completed: 0, active: 0 });
    await collect(`[[stub id=${id}]]`);
    expect(await statsOf(id)).toMatchObject({ calls: 2, aborted: 1, completed: 1, active: 0 });
  });

  it('show the last request as it arrived', async () => {
    const id = randomUUID();
    await client.chat.completions.create({ ...ask(`[[stub id=${id}]]`), temperature: 0.3 });
    const { lastRequest } = await statsOf(id);
    expect(lastRequest).toMatchObject({ body: { temperature: 0.3 }, headers: { authorization: 'Bearer none' } });
  });
});

describe('the meter', () => {
  const encoding = getEncoding('o200k_base');
  const promptOf = (content: string) => 3 + 3 + 1 + encoding.encode(content).length;

  it('charges what the usage of a complete answer says, in sum and by model', async () => {
    const [id, model] = [randomUUID(), `model-${randomUUID()}`];
    const before = (await statsOf('')).metered;
    expect(before).toEqual({ calls: 0, prompt_tokens: 0, completion_tokens: 0 });
    const request = { ...ask(`[[stub id=${id} reasoning=5 tokens=20 nousage]] hi`), model };
    const { usage } = await client.chat.completions.create({
      ...request,
      messages: ask(`[[stub id=${id}]] hi`).messages,
    });
    for await (const _ of await client.chat.completions.create({ ...request, stream: true }));
    const { metered } = await statsOf(id);
    expect(metered.calls).toBe(2);
    expect(metered.prompt_tokens).toBe(usage!.prompt_tokens + promptOf(request.messages[0]!.content));
    expect(metered.completion_tokens).toBeGreaterThan(usage!.completion_tokens + 25);
    const url = `${stub.baseUrl.replace('/v1', '')}/stats`;
    const byModel = (await (await fetch(`${url}?model=${model}`)).json()) as Record<string, any>;
    expect(byModel.metered).toEqual(metered);
    const total = (await (await fetch(url)).json()) as Record<string, any>;
    expect(total.metered.prompt_tokens).toBeGreaterThanOrEqual(metered.prompt_tokens);
  });

  it('charges the pieces that went out of an answer that broke off, and the prompt in any case', async () => {
    const id = randomUUID();
    const content = `[[stub id=${id} cut=3]] hi`;
    await expect(collect(content)).rejects.toThrow();
    const sent = encoding.encode('This is the').length;
    expect((await statsOf(id)).metered).toEqual({
      calls: 1,
      prompt_tokens: promptOf(content),
      completion_tokens: sent,
    });

    const waiting = randomUUID();
    const asked = `[[stub id=${waiting} wait=20000]] hi`;
    const leaving = new AbortController();
    const answer = client.chat.completions.create(ask(asked), { signal: leaving.signal });
    await expect.poll(async () => (await statsOf(waiting)).metered.calls).toBe(1);
    leaving.abort();
    await expect(answer).rejects.toThrow();
    await expect.poll(() => statsOf(waiting)).toMatchObject({ aborted: 1, active: 0 });
    const { metered } = await statsOf(waiting);
    expect(metered).toEqual({ calls: 1, prompt_tokens: promptOf(asked), completion_tokens: 0 });
  });

  it('charges nothing for a refusal, nor for an answer in one piece that is none', async () => {
    const id = randomUUID();
    for (const fault of ['status=500', 'cut=0', 'malformed'])
      await expect(client.chat.completions.create(ask(`[[stub id=${id} ${fault}]] hi`))).rejects.toThrow();
    expect((await statsOf(id)).metered).toEqual({ calls: 0, prompt_tokens: 0, completion_tokens: 0 });
  });
});

describe('the other endpoints', () => {
  it('lists the model', async () => {
    const { data } = await client.models.list();
    expect(data.map(({ id }) => id)).toEqual(['local-small']);
  });

  it('embeds a text always alike, and another text otherwise', async () => {
    const embed = async (input: string) =>
      (await client.embeddings.create({ model: 'local-small', input, dimensions: 64, encoding_format: 'float' }))
        .data[0]!.embedding;
    const [once, twice, other] = [await embed('cat'), await embed('cat'), await embed('dog')];
    expect(once).toHaveLength(64);
    expect(once).toEqual(twice);
    expect(once).not.toEqual(other);
    expect(Math.hypot(...once)).toBeCloseTo(1);
  });
});
