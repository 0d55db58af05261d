import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ChatDelta, ProviderError, Reading } from '../../../src/platform/llm/chat.ts';
import { Answer } from '../../../src/features/llm/calls/answer.ts';
import { startChat } from '../../../src/platform/llm/openai.ts';

const KEY = 'sk-test-0123456789abcdef';
const CONNECTION = { baseUrl: 'https://provider.example.test/v1', apiKey: KEY, organization: 'org-0123456789' };

afterEach(() => vi.restoreAllMocks());

/** Stands for a provider, whatever it is asked. */
function answerWith(response: () => Response | Promise<Response>) {
  return vi.spyOn(globalThis, 'fetch').mockImplementation(async () => response());
}

async function ask(reading: Partial<Reading> = {}): Promise<ChatDelta[]> {
  const request = {
    model: 'some-model',
    messages: [{ role: 'user', content: 'Hello' }],
    parameters: {},
    reading: { whole: false, patient: false, usageOnRequest: true, ...reading },
  };
  const deltas: ChatDelta[] = [];
  for await (const delta of await startChat(CONNECTION, request, new AbortController().signal)) deltas.push(delta);
  return deltas;
}

const faultOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error) => (error as ProviderError).fault,
  );

/** Events as a provider sends them. */
const stream = (...chunks: unknown[]) =>
  new Response([...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), 'data: [DONE]\n\n'].join(''), {
    headers: { 'content-type': 'text/event-stream' },
  });

const piece = (delta: object, finish_reason: string | null = null, more: object = {}) => ({
  choices: [{ index: 0, delta, finish_reason }],
  ...more,
});

const textOf = (deltas: ChatDelta[]) => deltas.map(({ content = '' }) => content).join('');
const thoughtsOf = (deltas: ChatDelta[]) => deltas.map(({ reasoning = '' }) => reasoning).join('');
const usageOf = (deltas: ChatDelta[]) => deltas.findLast(({ usage }) => usage)?.usage;

describe('an answer', () => {
  test.each([
    [
      'DeepSeek and xAI',
      [{ reasoning_content: 'Hm, ' }, { reasoning_content: 'so.', content: '' }, { content: 'Yes' }],
    ],
    ['Groq and OpenRouter', [{ reasoning: 'Hm, ', content: '' }, { reasoning: 'so.' }, { content: 'Yes' }]],
    [
      'Mistral',
      [
        { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm, ' }] }] },
        { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'so.' }] }] },
        { content: [{ type: 'text', text: 'Yes' }] },
      ],
    ],
  ])('has thoughts, as by %s', async (_, deltas) => {
    answerWith(() => stream(...deltas.map((delta) => piece(delta)), piece({}, 'stop')));
    const answer = await ask();
    expect({ thoughts: thoughtsOf(answer), text: textOf(answer) }).toEqual({ thoughts: 'Hm, so.', text: 'Yes' });
  });

  test.each([
    ['OpenAI', { prompt_tokens: 10, completion_tokens: 30, total_tokens: 40 }, 20, 30],
    ['Google and xAI, beside the completion', { prompt_tokens: 10, completion_tokens: 10, total_tokens: 40 }, 20, 30],
    ['nobody, beyond what there is', { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }, 20, 5],
  ])('counts thoughts as %s', async (_, usage, thoughts, completionTokens) => {
    const details = { completion_tokens_details: { reasoning_tokens: thoughts } };
    answerWith(() => stream(piece({ content: 'x' }, 'stop'), { choices: [], usage: { ...usage, ...details } }));
    expect(usageOf(await ask())).toEqual({
      promptTokens: 10,
      completionTokens,
      reasoningTokens: Math.min(thoughts, completionTokens),
    });
  });

  test.each([{}, { prompt_tokens: -1, completion_tokens: 2 }, { prompt_tokens: 1.5, completion_tokens: 2 }, null])(
    'whose usage is nonsense has none: %j',
    async (usage) => {
      answerWith(() => stream(piece({ content: 'x' }, 'stop', { usage })));
      expect(usageOf(await ask())).toBeUndefined();
    },
  );

  test.each([
    ['model_length', 'length'],
    ['end_turn', 'stop'],
    ['content_filter', 'content_filter'],
  ])('that ended by %s ended by %s', async (reason, known) => {
    answerWith(() => stream(piece({ content: 'x' }, reason)));
    expect((await ask()).at(-1)!.finishReason).toBe(known);
  });

  test.each(['error', 'insufficient_system_resource'])('that ended by %s is not complete', async (reason) => {
    answerWith(() => stream(piece({ content: 'x' }), piece({}, reason)));
    expect(await faultOf(ask())).toMatchObject({ kind: 'unavailable' });
  });

  test('can come whole', async () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'get_time', arguments: '{}' } };
    const message = { role: 'assistant', content: 'Yes', reasoning: 'Hm.', tool_calls: [call] };
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    const fetch = answerWith(() => Response.json({ choices: [{ message, finish_reason: 'tool_calls' }], usage }));
    expect(await ask({ whole: true })).toEqual([
      {
        content: 'Yes',
        reasoning: 'Hm.',
        toolCalls: [{ index: 0, id: 'call_1', type: 'function', name: 'get_time', arguments: '{}' }],
        finishReason: 'tool_calls',
        usage: { promptTokens: 1, completionTokens: 2 },
      },
    ]);
    expect(JSON.parse(String(fetch.mock.calls[0]![1]!.body))).toMatchObject({ stream: false });
  });

  test('in calls of a tool is taken for what they stand for', async () => {
    const call = (args: string) => ({ tool_calls: [{ index: 0, function: { arguments: args } }] });
    const opening = { tool_calls: [{ index: 0, id: 'c', function: { name: 'reply', arguments: '' } }] };
    const second = { tool_calls: [{ index: 1, id: 'd', function: { name: 'other', arguments: '{}' } }] };
    const chunks = [piece({ content: 'Well.' }), piece(opening), piece(call('{"a"')), piece(call(':1}'))];

    answerWith(() => stream(...chunks, piece({}, 'tool_calls')));
    const content = await ask({ toolCallsAre: 'content' });
    expect(textOf(content)).toBe('{"a":1}');
    expect(content.at(-1)!.finishReason).toBe('stop');
    expect(content.some(({ toolCalls }) => toolCalls)).toBe(false);

    answerWith(() => stream(...chunks, piece(second), piece({}, 'tool_calls')));
    const older = await ask({ toolCallsAre: 'function' });
    expect(older.map(({ functionCall }) => functionCall?.arguments ?? '').join('')).toBe('{"a":1}');
    expect(older.at(-1)!.finishReason).toBe('function_call');
  });

  test.each<[string, [index: number | undefined, id: string | undefined, name: string | undefined, args: string][]]>([
    [
      'as OpenAI numbers them',
      [
        [0, 'a', 'one', '{'],
        [0, undefined, undefined, '}'],
        [1, 'b', 'two', '[]'],
      ],
    ],
    [
      'that all have the number 0, as by Google',
      [
        [0, 'a', 'one', '{}'],
        [0, 'b', 'two', '[]'],
      ],
    ],
    [
      'without a number',
      [
        [undefined, 'a', 'one', '{}'],
        [undefined, 'b', 'two', '[]'],
      ],
    ],
    [
      'whose pieces each have an id',
      [
        [0, 'a', 'one', '{'],
        [0, 'x', undefined, '}'],
        [1, 'b', 'two', '[]'],
      ],
    ],
    [
      'whose name comes after the id',
      [
        [0, 'a', undefined, ''],
        [0, '', 'one', '{}'],
        [1, 'b', undefined, '['],
        [1, undefined, 'two', ']'],
      ],
    ],
    [
      'that repeat their id',
      [
        [0, 'a', 'one', '{'],
        [0, 'a', 'one', '}'],
        [1, 'b', 'two', '[]'],
      ],
    ],
    [
      'with absurd numbers',
      [
        [4e9, 'a', 'one', '{}'],
        [-1, 'b', 'two', '[]'],
      ],
    ],
  ])('tells calls of tools apart: %s', async (_, pieces) => {
    const deltas = pieces.map(([index, id, name, args]) => ({
      tool_calls: [{ index, id, function: { name, arguments: args } }],
    }));
    answerWith(() => stream(...deltas.map((delta) => piece(delta)), piece({}, 'tool_calls')));
    const answer = new Answer();
    for (const delta of await ask()) answer.add(delta);
    expect(answer.toolCalls).toMatchObject([
      { id: 'a', function: { name: 'one', arguments: '{}' } },
      { id: 'b', function: { name: 'two', arguments: '[]' } },
    ]);
  });

  test('that calls a tool and gives no reason ended by that, as by xAI', async () => {
    const call = { id: 'a', function: { name: 'one', arguments: '{}' } };
    answerWith(() => stream(piece({ tool_calls: [call] }, '')));
    expect((await ask()).at(-1)!.finishReason).toBe('tool_calls');
  });

  test('is asked for with its usage only where that is no fault', async () => {
    const fetch = answerWith(() => stream(piece({}, 'stop')));
    await ask({ usageOnRequest: true });
    await ask({ usageOnRequest: false });
    const bodies = fetch.mock.calls.map(([, init]) => JSON.parse(String(init!.body)) as object);
    expect(bodies).toEqual([
      expect.objectContaining({ stream_options: { include_usage: true } }),
      expect.not.objectContaining({ stream_options: expect.anything() }),
    ]);
  });
});

describe('a refusal', () => {
  const openai = (message: string, code: string | null = null) => ({
    error: { message, type: 'x', param: null, code },
  });

  test.each<[string, number, unknown, string]>([
    ['OpenAI: a bad key', 401, openai(`Incorrect API key provided: ${KEY}.`, 'invalid_api_key'), 'key_refused'],
    [
      'Google: a bad key',
      400,
      [{ error: { code: 400, message: 'API key not valid.', status: 'INVALID_ARGUMENT' } }],
      'key_refused',
    ],
    [
      'xAI: a bad key',
      400,
      { code: 'Client specified an invalid argument', error: 'Incorrect API key provided' },
      'key_refused',
    ],
    ['OpenAI: no credit', 429, openai('You exceeded your current quota', 'insufficient_quota'), 'no_credit'],
    ['DeepSeek: no credit', 402, openai('Insufficient Balance', 'invalid_request_error'), 'no_credit'],
    ['Anthropic: no credit', 400, openai('Your credit balance is too low to access the API.'), 'no_credit'],
    [
      'Google: too many requests',
      429,
      [{ error: { code: 429, message: 'You exceeded your current quota', status: 'RESOURCE_EXHAUSTED' } }],
      'rate_limited',
    ],
    [
      'Mistral: too many requests',
      429,
      { object: 'error', message: 'Requests rate limit exceeded', type: 'rate_limited' },
      'rate_limited',
    ],
    [
      'OpenAI: too long',
      400,
      openai("This model's maximum context length is 8192 tokens.", 'context_length_exceeded'),
      'too_long',
    ],
    ['Anthropic: too long', 400, openai('prompt is too long: 210000 tokens > 200000 maximum'), 'too_long'],
    [
      'Google: too long',
      400,
      [{ error: { message: 'The input token count (2000000) exceeds the maximum number of tokens' } }],
      'too_long',
    ],
    [
      'xAI: too long',
      400,
      { error: "This model's maximum prompt length is 131072 but the request contains 200000 tokens." },
      'too_long',
    ],
    ['a body that is too large', 413, 'Payload Too Large', 'too_long'],
    ['Azure’s and OpenAI’s filter', 400, openai('The response was filtered', 'content_filter'), 'filtered'],
    [
      'OpenRouter: moderation',
      403,
      { error: { code: 403, message: 'Your input was flagged', metadata: {} } },
      'filtered',
    ],
    ['OpenAI: an unknown model', 404, openai('The model `x` does not exist', 'model_not_found'), 'model_missing'],
    ['DeepSeek: an unknown model', 400, openai('Model Not Exist'), 'model_missing'],
    [
      'Mistral: an unknown model',
      400,
      { object: 'error', message: 'Invalid model: x', type: 'invalid_model', code: '1500' },
      'model_missing',
    ],
    [
      'OpenRouter: no host for it',
      404,
      { error: { code: 404, message: 'No endpoints found that can handle the requested parameters.' } },
      'rejected',
    ],
    [
      'Mistral: a field',
      422,
      { detail: [{ type: 'extra_forbidden', loc: ['body', 'x'], msg: 'Extra inputs are not permitted' }] },
      'rejected',
    ],
    [
      'Cloudflare: a field',
      400,
      { errors: [{ message: 'AiError: Bad input', code: 5006 }], success: false, result: {} },
      'rejected',
    ],
    ['Anthropic: overloaded', 529, openai('Overloaded'), 'unavailable'],
    ['a page of a proxy', 502, '<html>Bad gateway</html>', 'unavailable'],
    ['a redirect', 302, '', 'unavailable'],
  ])('%s', async (_, status, body, kind) => {
    answerWith(() => new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }));
    const fault = await faultOf(ask());
    expect(fault).toMatchObject({ kind, status });
    expect(fault!.message).not.toContain(KEY);
  });

  test('is quoted in its own words, without keys and organisations', async () => {
    const message = `Rate limit reached in organization org-0123456789 for key ${KEY} or sk-somebodyelse1234`;
    answerWith(() => Response.json(openai(message), { status: 429 }));
    expect((await faultOf(ask()))!.message).toBe('Rate limit reached in organization **** for key **** or ****');
  });

  test.each([
    [{ 'retry-after': '7' }, 7],
    [{ 'retry-after': '0.2' }, 1],
    [{ 'retry-after': '7', 'retry-after-ms': '1500' }, 2],
    [{ 'retry-after': new Date(Date.now() + 90_000).toUTCString() }, expect.closeTo(90, -1)],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '-5' }, null],
    [{}, null],
  ])('says when to come back: %j', async (headers, retryAfter) => {
    answerWith(() => Response.json(openai('Slow down'), { status: 429, headers: headers as Record<string, string> }));
    expect(await faultOf(ask())).toMatchObject({ kind: 'rate_limited', retryAfter });
  });

  test('in the middle of a stream', async () => {
    answerWith(() => stream(piece({ content: 'x' }), { error: { code: 502, message: 'Provider disconnected' } }));
    expect(await faultOf(ask())).toMatchObject({ kind: 'unavailable', status: 502, message: 'Provider disconnected' });
  });

  test('no address, or no answer that can be read', async () => {
    answerWith(() => Promise.reject(new TypeError('no route')));
    expect(await faultOf(ask())).toMatchObject({ kind: 'unavailable', status: null });
    answerWith(() => new Response('not json', { headers: { 'content-type': 'application/json' } }));
    expect(await faultOf(ask({ whole: true }))).toMatchObject({ kind: 'unavailable', status: null });
  });

  test('a key is never carried on to where a redirect leads', async () => {
    const fetch = answerWith(
      () => new Response(null, { status: 307, headers: { location: 'https://elsewhere.example.test/' } }),
    );
    await faultOf(ask());
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(fetch.mock.calls[0]![1]).toMatchObject({ redirect: 'manual' });
  });
});
