import { describe, expect, test } from 'vitest';
import { DialectError } from '../../../src/platform/llm/dialect-error.ts';
import { findProvider, PROVIDERS } from '../../../src/platform/llm/providers.ts';
import type { ContentPart, Message, Parameters } from '../../../src/platform/llm/request.ts';
import { translate } from '../../../src/platform/llm/translate.ts';

const HELLO: Message[] = [{ role: 'user', content: 'Hello' }];
const TOOL = { type: 'function' as const, function: { name: 'get_time', parameters: { type: 'object' } } };
const SCHEMA = { name: 'reply', schema: { type: 'object', properties: { ok: { type: 'boolean' } } } };

/** What the platform's own interface adds where nothing is said. */
const DEFAULTS = { max_tokens: 2000, defaultTemperature: 0.7, extras: {} };

type Case = Partial<Parameters> & { messages?: Message[]; model?: { reasons: boolean; streams: boolean } };

function fit(provider: string, { messages = HELLO, model, ...wanted }: Case) {
  const traits = model ?? { reasons: false, streams: true };
  return translate(findProvider(provider)!.dialect, traits, { ...DEFAULTS, ...wanted }, messages);
}

const image = (url: string, detail?: 'low'): Case => {
  const content: ContentPart[] = [{ type: 'image_url', image_url: { url, ...(detail && { detail }) } }];
  return { messages: [{ role: 'user', content }] };
};

/** What asks for each field, and by which name an endpoint like OpenAI's gets it. */
const FIELDS: Record<string, [asked: Case, name: string | null]> = {
  max_tokens: [{ max_tokens: 77 }, 'max_tokens'],
  'max_tokens, reasoning': [{ max_tokens: 77, model: { reasons: true, streams: true } }, 'max_tokens'],
  temperature: [{ temperature: 0.3 }, 'temperature'],
  'temperature, reasoning': [{ temperature: 0.3, model: { reasons: true, streams: true } }, 'temperature'],
  top_p: [{ top_p: 0.5 }, 'top_p'],
  top_k: [{ top_k: 5 }, 'top_k'],
  penalties: [{ frequency_penalty: 0.5 }, 'frequency_penalty'],
  stop: [{ stop: ['END'] }, 'stop'],
  'stop, reasoning': [{ stop: ['END'], model: { reasons: true, streams: true } }, 'stop'],
  seed: [{ seed: 0 }, 'seed'],
  tools: [{ tools: [TOOL] }, 'tools'],
  strict: [{ tools: [{ ...TOOL, function: { ...TOOL.function, strict: true } }] }, 'tools'],
  tool_choice: [{ tools: [TOOL], tool_choice: 'required' }, 'tool_choice'],
  parallel: [{ tools: [TOOL], parallel_tool_calls: false }, 'parallel_tool_calls'],
  json_object: [{ response_format: { type: 'json_object' } }, 'response_format'],
  json_schema: [{ response_format: { type: 'json_schema', json_schema: SCHEMA } }, 'response_format'],
  effort: [{ reasoning_effort: 'high', model: { reasons: true, streams: true } }, 'reasoning_effort'],
  name: [{ messages: [{ role: 'user', content: 'Hello', name: 'ana' }] }, null],
  'image, https': [image('https://example.com/a.png'), null],
  'image, data': [image('data:image/png;base64,AAAA'), null],
  'image, detail': [image('data:image/png;base64,AAAA', 'low'), null],
};

/** What became of it: taken, taken as another name, emulated, or refused. */
function outcomeOf(provider: string, [asked, name]: [Case, string | null]): string {
  try {
    const { parameters, emulated } = fit(provider, asked);
    if (emulated.length > 0) return 'emulated';
    if (name === null || name in parameters) return 'taken';
    const plain = fit(provider, { model: asked.model }).parameters;
    const own = Object.entries(parameters).filter(
      ([key, value]) => JSON.stringify(plain[key]) !== JSON.stringify(value),
    );
    return `as ${own.map(([key]) => key).join()}`;
  } catch (error) {
    if (error instanceof DialectError) return 'refused';
    throw error;
  }
}

const OUTCOMES: Record<string, Record<string, string>> = {
  openai: {
    'max_tokens, reasoning': 'as max_completion_tokens',
    'temperature, reasoning': 'refused',
    top_k: 'refused',
    'stop, reasoning': 'refused',
  },
  local: {},
  anthropic: {
    top_k: 'refused',
    penalties: 'refused',
    seed: 'refused',
    strict: 'refused',
    json_object: 'emulated',
    json_schema: 'emulated',
    effort: 'emulated',
    name: 'refused',
    'image, detail': 'refused',
  },
  google: {
    top_k: 'refused',
    penalties: 'refused',
    seed: 'refused',
    strict: 'refused',
    parallel: 'refused',
    name: 'refused',
    'image, https': 'refused',
    'image, detail': 'refused',
  },
  llama: { strict: 'refused', parallel: 'refused', 'image, detail': 'refused' },
  grok: {
    max_tokens: 'as max_completion_tokens',
    'max_tokens, reasoning': 'as max_completion_tokens',
    top_k: 'refused',
    'stop, reasoning': 'refused',
    strict: 'refused',
    name: 'refused',
  },
  deepseek: {
    'temperature, reasoning': 'refused',
    top_k: 'refused',
    seed: 'refused',
    strict: 'refused',
    parallel: 'refused',
    json_schema: 'emulated',
    'image, https': 'refused',
    'image, data': 'refused',
    'image, detail': 'refused',
  },
  groq: {
    max_tokens: 'as max_completion_tokens',
    'max_tokens, reasoning': 'as max_completion_tokens',
    top_k: 'refused',
    penalties: 'refused',
    name: 'refused',
  },
  mistral: { top_k: 'refused', seed: 'as random_seed', name: 'refused' },
  openrouter: { effort: 'as reasoning' },
  cloudflare: {
    stop: 'refused',
    'stop, reasoning': 'refused',
    strict: 'refused',
    tool_choice: 'refused',
    parallel: 'refused',
    json_object: 'refused',
    json_schema: 'refused',
    name: 'refused',
    'image, https': 'refused',
    'image, detail': 'refused',
  },
};

describe('every provider has said of every field what becomes of it', () => {
  test('none is missing', () => {
    expect(Object.keys(OUTCOMES).toSorted()).toEqual(PROVIDERS.map(({ id }) => id).toSorted());
  });

  test.each(Object.entries(OUTCOMES))('%s', (provider, differing) => {
    const found = Object.entries(FIELDS).map(([field, asked]) => [field, outcomeOf(provider, asked)]);
    const expected = Object.keys(FIELDS).map((field) => [field, differing[field] ?? 'taken']);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  });
});

describe('values', () => {
  test.each([
    ['anthropic', { temperature: 1.1 }],
    ['mistral', { temperature: 1.6 }],
    ['cloudflare', { top_k: 51 }],
    ['openai', { stop: ['1', '2', '3', '4', '5'] }],
    ['anthropic', { stop: ['\n\n'] }],
    ['mistral', { reasoning_effort: 'low' as const, model: { reasons: true, streams: true } }],
    ['groq', { extras: { logit_bias: {} } }],
    ['openrouter', { extras: { provider: { only: ['cheap'] } } }],
  ])('that %s does not take are refused: %j', (provider, asked) => {
    expect(() => fit(provider, asked)).toThrow(DialectError);
  });

  test.each(PROVIDERS.map(({ id }) => id))('that say nothing are not sent to %s', (provider) => {
    const silent: Case = {
      top_p: 1,
      frequency_penalty: 0,
      presence_penalty: 0,
      response_format: { type: 'text' },
    };
    const { constants } = findProvider(provider)!.dialect;
    const [limit] = Object.keys(fit(provider, silent).parameters).filter((name) => name.startsWith('max_'));
    expect(fit(provider, silent).parameters).toEqual({ ...constants, temperature: 0.7, [limit!]: 2000 });
  });

  test('nothing is sent that nobody asked for', () => {
    const silent = { max_tokens: undefined, defaultTemperature: undefined };
    expect(fit('openai', silent).parameters).toEqual({});
    expect(() => fit('anthropic', { ...silent, reasoning_effort: 'low' })).toThrow(/max_tokens/);
  });

  test('a model that takes no temperature takes the one that it has', () => {
    const model = { reasons: true, streams: true };
    expect(fit('openai', { temperature: 1, model }).parameters).not.toHaveProperty('temperature');
    expect(fit('openai', { model }).parameters).not.toHaveProperty('temperature');
  });

  test('what an endpoint without the field does anyway is no request', () => {
    const asked: Case = { tools: [TOOL], tool_choice: 'auto', parallel_tool_calls: true };
    expect(fit('cloudflare', asked).parameters).toEqual({ max_tokens: 2000, temperature: 0.7, tools: [TOOL] });
    expect(fit('openai', asked).parameters).toMatchObject({ tool_choice: 'auto', parallel_tool_calls: true });
  });
});

describe('emulations', () => {
  test('a form of answer is a tool that must be called, at Anthropic', () => {
    const { parameters, reading, emulated } = fit('anthropic', {
      response_format: { type: 'json_schema', json_schema: SCHEMA },
    });
    expect(parameters).toMatchObject({
      tools: [{ type: 'function', function: { name: 'reply', parameters: SCHEMA.schema } }],
      tool_choice: { type: 'function', function: { name: 'reply' } },
      parallel_tool_calls: false,
    });
    expect(parameters).not.toHaveProperty('response_format');
    expect(reading.toolCallsAre).toBe('content');
    expect(emulated).toEqual(['response_format']);
  });

  test.each([{ tools: [TOOL] }, { reasoning_effort: 'low' as const, model: { reasons: true, streams: true } }])(
    'which leaves no room for %j',
    (asked) => {
      expect(() => fit('anthropic', { response_format: { type: 'json_object' }, ...asked })).toThrow(DialectError);
    },
  );

  test('a schema is told in words after other instructions, at DeepSeek', () => {
    const messages: Message[] = [{ role: 'developer', content: 'Be brief.' }, ...HELLO];
    const answer = fit('deepseek', { response_format: { type: 'json_schema', json_schema: SCHEMA }, messages });
    expect(answer.parameters.response_format).toEqual({ type: 'json_object' });
    expect(answer.messages.map(({ role }) => role)).toEqual(['system', 'system', 'user']);
    expect(answer.messages[1]!.content).toContain(JSON.stringify(SCHEMA.schema));
  });

  test.each([
    ['low', 10_000, 2000],
    ['high', 10_000, 8000],
    ['low', 1500, 1024],
    ['xhigh', 64_000, 32_000],
  ] as const)('an effort is a budget of thoughts, at Anthropic: %s of %i', (reasoning_effort, max_tokens, budget) => {
    const { parameters } = fit('anthropic', { reasoning_effort, max_tokens, model: { reasons: true, streams: true } });
    expect(parameters.thinking).toEqual({ type: 'enabled', budget_tokens: budget });
    expect(parameters).not.toHaveProperty('temperature');
  });

  test.each([{ max_tokens: 1024 }, { temperature: 0.5 }])('which needs room and takes no sampling: %j', (asked) => {
    const model = { reasons: true, streams: true };
    expect(() => fit('anthropic', { reasoning_effort: 'low', model, ...asked })).toThrow(DialectError);
  });

  test('an answer comes whole where it cannot come in pieces', () => {
    expect(fit('groq', { response_format: { type: 'json_object' } }).reading.whole).toBe(true);
    expect(fit('groq', {}).reading.whole).toBe(false);
    expect(fit('openai', { model: { reasons: false, streams: false } }).reading.whole).toBe(true);
  });
});

describe('messages', () => {
  test('developers are a system to all but OpenAI and Anthropic', () => {
    const messages: Message[] = [{ role: 'developer', content: 'Be brief.' }];
    const roles = PROVIDERS.map(({ id }) => [id, fit(id, { messages }).messages[0]!.role]);
    const known = roles.filter(([, role]) => role === 'developer').map(([id]) => id);
    expect(known).toEqual(['openai', 'local', 'anthropic']);
  });

  test('texts in parts are joined where they must be', () => {
    const content: ContentPart[] = ['one', 'two'].map((text) => ({ type: 'text', text }));
    const messages: Message[] = [{ role: 'user', content }];
    expect(fit('deepseek', { messages }).messages).toEqual([{ role: 'user', content: 'one\ntwo' }]);
    expect(fit('openai', { messages }).messages).toEqual(messages);
  });
});

test('providers are found by every name', () => {
  const names = ['claude', 'gemini', 'xai', 'together', 'GROQ', 'workers-ai', 'openai'];
  const found = names.map((name) => findProvider(name)?.id);
  expect(found).toEqual(['anthropic', 'google', 'grok', 'llama', 'groq', 'cloudflare', 'openai']);
  expect(['tess', 'outro', 'constructor'].map(findProvider)).toEqual([undefined, undefined, undefined]);
});
