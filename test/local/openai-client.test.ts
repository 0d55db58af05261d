/** The official client against `npm run dev`: nothing is changed but its base URL and its key. */
import OpenAI, {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from 'openai';
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DEMO } from '../../local/demo.ts';
import { createStateFolder, startDevStack, type DevStack } from '../helpers/dev-stack.ts';

const MODEL = 'local-small';

const folder = createStateFolder();
let stack: DevStack;
let session: string;
let client: OpenAI;

const clientWith = (apiKey: string) => new OpenAI({ baseURL: `${stack.url}/v1`, apiKey, maxRetries: 0 });

const say = (content: string) => ({ model: MODEL, messages: [{ role: 'user' as const, content }] });

async function createToken(scopes: string[]): Promise<string> {
  const response = await stack.call('/api/v1/auth/tokens', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${session}` },
    body: JSON.stringify({ name: 'Client', scopes }),
  });
  return ((await response.json()) as { token: string }).token;
}

async function post(path: string, body: object): Promise<void> {
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${session}` };
  const response = await stack.call(path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
}

/** Adds a model of the local provider to the catalogue, which takes an administrator. */
async function addModel(name: string): Promise<void> {
  const database = new pg.Client(stack.databaseUrl);
  await database.connect();
  await database.query('update users set is_superuser = true where email = $1', [DEMO.email]);
  await database.end();
  const free = { cost_per_token_input: '0', cost_per_token_output: '0' };
  await post('/api/v1/llm/catalog', { provider: 'local', name, max_tokens_supported: 4096, ...free });
}

/** What a promise fails with. */
const failureOf = (promise: Promise<unknown>): Promise<any> =>
  promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error,
  );

beforeAll(async () => {
  stack = await startDevStack(folder.state, { RATE_LIMITS: 'on' });
  session = await stack.logIn();
  client = clientWith(await createToken(['llm:invoke']));
}, 120_000);

afterAll(async () => {
  await stack?.stop();
  folder.remove();
});

describe('answers', () => {
  it('chats', async () => {
    const completion = await client.chat.completions.create(say('Hello there'));
    expect(completion.choices[0]!.message.content).toContain('Hello there');
    expect(completion.usage!.total_tokens).toBeGreaterThan(0);
    expect(completion._request_id).toMatch(/^[\w-]+$/);
  });

  it('streams', async () => {
    const stream = client.chat.completions.stream({ ...say('Hello there'), stream_options: { include_usage: true } });
    let text = '';
    stream.on('content', (delta) => (text += delta));
    const completion = await stream.finalChatCompletion();
    expect(text).toContain('Hello there');
    expect(completion.choices[0]!.message.content).toBe(text);
    expect(completion.usage!.completion_tokens).toBeGreaterThan(0);
  });

  it('streams to the end although the provider breaks off: the next model of the route goes on', async () => {
    await addModel('breaking');
    await post('/api/v1/llm/routes', {
      name: 'steady',
      strategy: 'fallback',
      targets: [
        { provider: 'local', model: 'breaking' },
        { provider: 'local', model: MODEL },
      ],
    });
    const content = '[[stub id=broken-for-the-client times=1 cut=5 tokens=13 delay=0]] Go on';
    const stream = client.chat.completions.stream({ ...say(content), model: 'route/steady' });
    let text = '';
    let route: any;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      route = (chunk as { route?: unknown }).route ?? route;
    }
    expect(text).toBe('This is the local model of SynapScale, not a real one. word12 word13');
    expect((await stream.finalChatCompletion()).choices[0]!.finish_reason).toBe('stop');
    expect(route.attempts).toMatchObject([
      { model: 'breaking', status: 'error', continues: false },
      { model: MODEL, status: 'success', continues: true },
    ]);
  });

  it('calls tools, and goes on with what they answer', async () => {
    const tool = zodFunction({ name: 'get_time', parameters: z.object({ zone: z.string() }) });
    const asked = say('[[stub tool=get_time]] Time?');
    const stream = client.chat.completions.stream({ ...asked, tools: [tool] });
    const { message, finish_reason: reason } = (await stream.finalChatCompletion()).choices[0]!;
    expect(reason).toBe('tool_calls');
    const [call] = message.tool_calls!;
    if (call?.type !== 'function') throw new Error('no function was called');
    expect(call.function.name).toBe('get_time');
    expect(JSON.parse(call.function.arguments)).toEqual({ zone: expect.any(String) });
    const whole = await client.chat.completions.create({ ...asked, tools: [tool] });
    const messages = [
      ...asked.messages,
      whole.choices[0]!.message,
      { role: 'tool' as const, tool_call_id: whole.choices[0]!.message.tool_calls![0]!.id, content: 'noon' },
    ];
    const next = await client.chat.completions.create({ model: MODEL, messages, tools: [tool] });
    expect(next.choices[0]!.message.content).toContain('noon');
  });

  it('in the form of a schema', async () => {
    const Reply = z.object({ answer: z.string(), sure: z.boolean() });
    const completion = await client.chat.completions.parse({
      ...say('Are you sure?'),
      response_format: zodResponseFormat(Reply, 'reply'),
    });
    const { message } = completion.choices[0]!;
    expect(message.parsed).toEqual({ answer: expect.any(String), sure: expect.any(Boolean) });
    // Conversations go on with the message as the helper made it.
    const messages = [...say('Are you sure?').messages, message, ...say('Why?').messages];
    const next = await client.chat.completions.parse({ model: MODEL, messages });
    expect(next.choices[0]!.message.content).toContain('Why?');
  });

  it('calls tools whose arguments the helper parses, whole and as a stream', async () => {
    const tools = [zodFunction({ name: 'get_time', parameters: z.object({ zone: z.string() }) })];
    const asked = { ...say('[[stub tool=get_time]] Time?'), tools };
    const whole = await client.chat.completions.parse(asked);
    const stream = await client.chat.completions.stream(asked).finalChatCompletion();
    for (const { message } of [whole.choices[0]!, stream.choices[0]!]) {
      const [call] = message.tool_calls!;
      expect(call).toMatchObject({ function: { parsed_arguments: { zone: expect.any(String) } } });
      const answer = { role: 'tool' as const, tool_call_id: call!.id, content: 'noon' };
      const messages = [...asked.messages, message, answer];
      const next = await client.chat.completions.create({ model: MODEL, messages, tools });
      expect(next.choices[0]!.message.content).toContain('noon');
    }
  });

  it('embeds, in the form that the client asks for by itself', async () => {
    const { data, usage } = await client.embeddings.create({ model: 'local-embedding', input: ['cat', 'dog'] });
    expect(data.map(({ index }) => index)).toEqual([0, 1]);
    expect(data[0]!.embedding).toHaveLength(256);
    expect(Math.hypot(...data[0]!.embedding)).toBeCloseTo(1, 5);
    expect(usage.total_tokens).toBe(2);
  });

  it('lists models', async () => {
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toEqual(expect.arrayContaining([MODEL, 'gpt-4o', 'text-embedding-3-small']));
    const slashed = 'meta-llama/Llama-3.3-70B-Instruct-Turbo';
    expect(await client.models.retrieve(slashed)).toMatchObject({ id: slashed, owned_by: 'llama' });
  });
});

describe('raises', () => {
  it('AuthenticationError for a bad key', async () => {
    const error = await failureOf(clientWith('sk-none').chat.completions.create(say('Hello')));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'invalid_request_error' });
    expect(error.message).toMatch(/^401 \w+/);
  });

  it('PermissionDeniedError for a token that may not', async () => {
    const reader = clientWith(await createToken(['workspace:read']));
    expect(await failureOf(reader.chat.completions.create(say('Hello')))).toBeInstanceOf(PermissionDeniedError);
  });

  it('NotFoundError for a bad model', async () => {
    const error = await failureOf(client.chat.completions.create({ ...say('Hello'), model: 'gpt-none' }));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ code: 'model_not_found', param: 'model' });
  });

  it('BadRequestError for what is not supported', async () => {
    const error = await failureOf(client.chat.completions.create({ ...say('Hello'), n: 2 }));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ code: 'unsupported_parameter', param: 'n' });
  });

  it('InternalServerError and RateLimitError for a provider that is away or has enough', async () => {
    const away = await failureOf(client.chat.completions.create(say('[[stub status=500]] Hello')));
    expect(away).toBeInstanceOf(InternalServerError);
    const enough = await failureOf(client.chat.completions.create(say('[[stub status=429 retry=9]] Hello')));
    expect(enough).toBeInstanceOf(RateLimitError);
    expect(enough.headers.get('retry-after')).toBe('9');
  });

  it('APIError for a stream that breaks off', async () => {
    const read = async () => {
      const stream = await client.chat.completions.create({ ...say('[[stub cut=3]] Hello'), stream: true });
      const texts: string[] = [];
      for await (const chunk of stream) texts.push(chunk.choices[0]!.delta.content ?? '');
      return texts;
    };
    const error = await failureOf(read());
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ code: 'provider_unavailable', type: 'server_error' });
  });

  // The last: from here on the token has had enough.
  it('RateLimitError for too many requests', async () => {
    const calls = Array.from({ length: 30 }, () => client.chat.completions.create(say('Hello')).catch((e) => e));
    const refused = (await Promise.all(calls)).filter((one) => one instanceof RateLimitError);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
