import { beforeAll, describe, expect, test } from 'vitest';
import { createSuperuser, createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { apiWith } from '../../helpers/environment.ts';
import { billingEventsOf, keptOf, settledUsage, stubAs, stubCalls, usageLinesOf } from '../../helpers/llm.ts';
import { createToken, type Token } from '../../helpers/tokens.ts';

const EMBEDDINGS = '/v1/embeddings';
const MODEL = 'local-embedding';

let user: User;
let token: Token;
beforeAll(async () => {
  user = await createUser();
  token = await createToken(user, ['llm:invoke']);
});

const embed = (input: unknown, more: object = {}) => ({ model: MODEL, input, ...more });

const decode = (text: string): number[] => {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
};

const toBase64 = (vector: number[]) => Buffer.from(Float32Array.from(vector).buffer).toString('base64');

const rounded = (vector: number[]) => vector.map((value) => Math.fround(value));

const vectorsOf = ({ body }: { body: any }): any[] => body.data.map(({ embedding }: any) => embedding);

describe('vectors', () => {
  test('come in the order of the texts, and are logged and billed once', async () => {
    const { status, body, headers } = await token.post(EMBEDDINGS, embed(['cat', 'dog']));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      object: 'list',
      model: MODEL,
      data: [
        { object: 'embedding', index: 0 },
        { object: 'embedding', index: 1 },
      ],
    });
    expect(body.usage).toEqual({ prompt_tokens: 2, total_tokens: 2 });
    const [cat, dog] = vectorsOf({ body });
    expect(cat).toHaveLength(256);
    expect(vectorsOf(await token.post(EMBEDDINGS, embed('dog')))).toEqual([dog]);
    expect(vectorsOf(await token.post(EMBEDDINGS, embed('cat')))).toEqual([cat]);

    const callId = headers.get('x-llm-call-id')!;
    expect(await settledUsage(callId)).toMatchObject({
      workspace_id: user.workspaceId,
      input_tokens: 2,
      output_tokens: 0,
      token_source: 'provider',
      status: 'success',
    });
    expect(await usageLinesOf(callId)).toHaveLength(1);
    expect(await billingEventsOf(callId)).toHaveLength(1);
    const [call] = await sql`select operation, access_token_id, settings from llm_calls where id = ${callId}`;
    expect(call).toMatchObject({ operation: 'embedding', access_token_id: token.id });
    expect(JSON.stringify(call)).not.toContain('cat');
  });

  test('are the same in base64, whichever form the provider chose', async () => {
    const input = 'cat';
    const numbers = vectorsOf(await token.post(EMBEDDINGS, embed(input, { encoding_format: 'float' })))[0];
    const base64 = vectorsOf(await token.post(EMBEDDINGS, embed(input, { encoding_format: 'base64' })))[0];
    expect(decode(base64)).toEqual(rounded(numbers));
    // Vectors depend on the text, and so on the directive in it.
    const forced = async (form: string, asked: string) =>
      vectorsOf(await token.post(EMBEDDINGS, embed(`[[stub form=${form}]] cat`, { encoding_format: asked })))[0];
    expect(await forced('float', 'base64')).toBe(toBase64(await forced('float', 'float')));
    expect(await forced('base64', 'float')).toEqual(decode(await forced('base64', 'base64')));
  });

  test('have the length that is asked for, and may be made of tokens', async () => {
    const id = crypto.randomUUID();
    const { body } = await token.post(EMBEDDINGS, embed(`[[stub id=${id}]] cat`, { dimensions: 8, user: 'user-1' }));
    expect(body.data[0].embedding).toHaveLength(8);
    const { lastRequest } = await stubCalls(id);
    expect(lastRequest).toMatchObject({
      path: '/v1/embeddings',
      body: { dimensions: 8, user: 'user-1', model: MODEL },
    });
    expect((await token.post(EMBEDDINGS, embed([1, 2, 3]))).body).toMatchObject({ usage: { prompt_tokens: 3 } });
    expect((await token.post(EMBEDDINGS, embed([[1, 2], [3]]))).body.data).toHaveLength(2);
  });

  test('are counted here where the provider does not say', async () => {
    const { headers, body } = await token.post(EMBEDDINGS, embed(['one', '[[stub nousage]] two three four']));
    const line = await settledUsage(headers.get('x-llm-call-id')!);
    expect(line.token_source).not.toBe('provider');
    expect(line.input_tokens).toBeGreaterThan(4);
    expect(body.usage.prompt_tokens).toBe(line.input_tokens);
  });
});

describe('an Idempotency-Key', () => {
  test('keeps a repetition from being paid for: vectors are not kept', async () => {
    const id = crypto.randomUUID();
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    const request = embed(`[[stub id=${id}]] cat`);
    const first = await token.post(EMBEDDINGS, request, { headers });
    expect(first.status).toBe(200);
    const again = await token.post(EMBEDDINGS, request, { headers });
    expect(again).toMatchObject({ status: 400, body: { error: { code: 'answer_not_kept' } } });
    expect((await stubCalls(id)).calls).toBe(1);
    const { pieces } = await keptOf(first.headers.get('x-llm-call-id')!);
    expect(pieces).not.toEqual([]);
    expect(JSON.stringify(pieces)).not.toContain('vectors');
  });

  test('carries out again what had failed', async () => {
    const id = crypto.randomUUID();
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    const request = embed(`[[stub id=${id} status=500 times=1]] cat`);
    expect((await token.post(EMBEDDINGS, request, { headers })).status).toBe(503);
    expect((await token.post(EMBEDDINGS, request, { headers })).status).toBe(200);
    expect((await stubCalls(id)).calls).toBe(2);
  });
});

describe('what cannot be done is refused', () => {
  test.each<[string, object, number, string, string | null]>([
    ['a model that chats', { model: 'local-small' }, 400, 'unsupported_parameter', 'model'],
    ['a model that nobody has', { model: 'nothing' }, 404, 'model_not_found', 'model'],
    ['no text', { input: [] }, 400, 'invalid_value', 'input'],
    ['an empty text', { input: '' }, 400, 'invalid_value', 'input'],
    ['too many texts', { input: Array.from({ length: 513 }, () => 'a') }, 400, 'invalid_value', 'input'],
    ['another form', { encoding_format: 'int8' }, 400, 'invalid_value', 'encoding_format'],
    ['a field that nobody knows', { task: 'search' }, 400, 'unknown_parameter', 'task'],
  ])('%s', async (_, more, status, code, param) => {
    const answer = await token.post(EMBEDDINGS, embed('cat', more));
    expect(answer).toMatchObject({ status, body: { error: { code, param } } });
  });

  test.each([
    ['status=500', 503, 'provider_unavailable'],
    ['status=429', 429, 'rate_limit_exceeded'],
    ['status=400', 400, 'provider_rejected'],
    ['lost=1', 503, 'provider_unavailable'],
    ['stall=1 cut=0 status=502', 503, 'provider_unavailable'],
  ])('by the provider: %s', async (directive, status, code) => {
    const answer = await token.post(EMBEDDINGS, embed(['one', `[[stub ${directive}]] two`]));
    expect(answer).toMatchObject({ status, body: { error: { code } } });
  });

  test('what may cost more than a budget has left', async () => {
    const admin = await createSuperuser();
    const name = `priced-${crypto.randomUUID()}`;
    const model = { provider: 'local', name, kind: 'embedding', cost_per_token_input: '0.001' };
    expect(await admin.post('/api/v1/llm/catalog', model)).toMatchObject({ status: 200, body: { kind: 'embedding' } });
    const client = user.with({ 'X-Workspace-Id': await createWorkspace(user) });
    await client.post('/api/v1/llm/budgets', { amount_usd: '1', period: 'total' });
    const dear = await client.post(EMBEDDINGS, embed('x'.repeat(2000), { model: name }));
    expect(dear).toMatchObject({ status: 402, body: { error: { code: 'insufficient_quota' } } });
    const cheap = await client.post(EMBEDDINGS, embed('cat', { model: name }));
    expect(cheap.status).toBe(200);
    const line = await settledUsage(cheap.headers.get('x-llm-call-id')!);
    expect(Number(line.cost_usd)).toBe(0.001);
  });
});

describe('a provider', () => {
  const OTHERS = {
    google: ['GOOGLE', 'gemini-embedding-001'],
    mistral: ['MISTRAL', 'mistral-embed'],
    cloudflare: ['WORKERS_AI', '@cf/baai/bge-m3'],
    openai: ['OPENAI', 'text-embedding-3-small'],
  } as const;

  const clientOf = (provider: keyof typeof OTHERS) => {
    const [prefix] = OTHERS[provider];
    return apiWith({ [`${prefix}_BASE_URL`]: stubAs(provider), [`${prefix}_API_KEY`]: 'key-of-the-platform' }).as(user);
  };

  test.each(Object.entries(OTHERS))(
    '%s gets what it knows, and the client the form it wants',
    async (name, [, model]) => {
      const provider = name as keyof typeof OTHERS;
      const id = crypto.randomUUID();
      const request = embed([`[[stub id=${id}]] cat`], { model, encoding_format: 'base64' });
      const { status, body, headers } = await clientOf(provider).post(EMBEDDINGS, request);
      expect(status).toBe(200);
      expect(decode(body.data[0].embedding)).toHaveLength(256);
      const { path, body: sent } = (await stubCalls(id)).lastRequest!;
      expect(path).toBe(`/${provider}/v1/embeddings`);
      const isOpenai = provider === 'openai';
      expect(sent).toEqual({ model, input: request.input, ...(isOpenai && { encoding_format: 'base64' }) });
      expect(headers.get('x-llm-emulated')).toBe(isOpenai ? null : 'encoding_format');
    },
  );

  test('that knows another word for the length gets that one', async () => {
    const id = crypto.randomUUID();
    const request = embed(`[[stub id=${id}]] cat`, { model: 'mistral-embed', dimensions: 64 });
    expect((await clientOf('mistral').post(EMBEDDINGS, request)).status).toBe(200);
    expect((await stubCalls(id)).lastRequest!.body).toMatchObject({ output_dimension: 64 });
  });

  test.each<[keyof typeof OTHERS, object, string]>([
    ['cloudflare', { dimensions: 64 }, 'dimensions'],
    ['mistral', { user: 'a' }, 'user'],
    ['google', { input: [1, 2] }, 'input'],
  ])('%s is not asked for what it does not know: %j', async (provider, more, param) => {
    const answer = await clientOf(provider).post(EMBEDDINGS, embed('cat', { model: OTHERS[provider][1], ...more }));
    expect(answer).toMatchObject({ status: 400, body: { error: { param } } });
  });

  test('that makes no vectors is not asked for any', async () => {
    const admin = await createSuperuser();
    const name = `vectors-${crypto.randomUUID()}`;
    await admin.post('/api/v1/llm/catalog', { provider: 'anthropic', name, kind: 'embedding' });
    const answer = await token.post(EMBEDDINGS, embed('cat', { model: name }));
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'unsupported_parameter' } } });
  });
});

test('the list of models says what they are for', async () => {
  const { body } = await user.get('/api/v1/llm/models', { query: { provider: 'local' } });
  const capabilities = Object.fromEntries(body.models.local.map((model: any) => [model.id, model.capabilities[0]]));
  expect(capabilities).toMatchObject({ 'local-small': 'text', [MODEL]: 'embedding' });
});
