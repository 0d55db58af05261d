import { beforeAll, describe, expect, test } from 'vitest';
import { Answer } from '../../../src/features/llm/calls/answer.ts';
import type { CallTarget } from '../../../src/features/llm/calls/call-spec.ts';
import { createSeam, toContinuation, whyNotContinue } from '../../../src/features/llm/calls/continue-answer.ts';
import { createUser, type User } from '../../helpers/actors.ts';
import {
  chat,
  createPricedModel,
  ledgerOf,
  PRICES,
  readFrames,
  keptOf,
  stubCalls,
  textOf,
  type LocalModel,
} from '../../helpers/llm.ts';

const CHAT = '/api/v1/llm/chat';

let user: User;
let plain: LocalModel;
let prefill: LocalModel;
beforeAll(async () => {
  [user, plain, prefill] = await Promise.all([
    createUser(),
    createPricedModel({ ...PRICES, supports_function_calling: true }),
    createPricedModel({
      supports_assistant_prefill: true,
      supports_function_calling: true,
      cost_per_token_input: '0.000007',
      cost_per_token_output: '0.00003',
    }),
  ]);
});

/** The frames of a stream whose first upstream call meets a fault, and what the stub saw. */
async function stream(said: string, more: object) {
  const id = crypto.randomUUID();
  const request = chat(said.replace('[[stub ', `[[stub id=${id} times=1 delay=0 `), {
    ...plain,
    stream: true,
    ...more,
  });
  const { status, response, headers } = await user.post(CHAT, request);
  expect(status).toBe(200);
  const frames = await readFrames(response);
  expect(frames.map((frame) => frame.id)).toEqual(frames.map((_, index) => index + 1));
  const end: any = frames.at(-1);
  return { frames, text: textOf(frames), end, callId: headers.get('x-llm-call-id')!, id, stub: await stubCalls(id) };
}

/** Words between every kind of white space. */
const SAID = 'one  two\n\nthree\tfour\n five';
const INTRODUCTION = 'This is the local model of SynapScale, not a real one.';
const UNBROKEN = `${INTRODUCTION} You said: ${SAID}`;
const PIECES = UNBROKEN.split(/\s+/).length;

const FAULTS: [fault: (piece: number) => string, deadlines?: object][] = [
  [(piece) => `cut=${piece}`],
  [(piece) => `end=${piece}`],
  [(piece) => `malformed after=${piece}`],
  [(piece) => `error after=${piece}`],
  [(piece) => `stall=5000 after=${piece}`, { between_tokens_ms: 200 }],
];

describe('a text that broke off', () => {
  test.each(FAULTS.map(([fault, deadlines = {}]) => [fault(4), deadlines] as const))(
    'goes on at a model that can: %s',
    async (fault, deadlines) => {
      const { text, end, frames, callId, stub } = await stream(`[[stub ${fault}]] ${SAID}`, {
        deadlines,
        fallbacks: [prefill],
      });
      expect(text).toBe(UNBROKEN);
      expect(end).toMatchObject({ type: 'done', finish_reason: 'stop', model: prefill.model, call_id: callId });
      expect(end.route.attempts).toMatchObject([
        { ...plain, status: 'error', continues: false, reason: { code: 'provider_unavailable' } },
        { ...prefill, status: 'success', continues: true },
      ]);
      expect(stub.calls).toBe(2);
      expect(stub.lastRequest!.body.messages.at(-1)).toMatchObject({
        role: 'assistant',
        content: UNBROKEN.split(' ').slice(0, 4).join(' '),
      });
      const ledger = await ledgerOf(callId, 2);
      expect(ledger).toMatchObject([
        { status: 'error', token_source: 'estimated', price_output: 1e-5, call_id: callId },
        { status: 'success', token_source: 'provider', price_output: 3e-5 },
      ]);
      for (const line of ledger) expect(Number(line.billed_usd)).toBe(Number(line.cost_usd));
      expect(frames.at(-2)).toMatchObject({
        type: 'usage',
        prompt_tokens: ledger[0]!.input_tokens + ledger[1]!.input_tokens,
        completion_tokens: ledger[0]!.output_tokens + ledger[1]!.output_tokens,
        source: 'estimated',
      });
    },
  );

  test('is the same wherever it broke, at its very end too', async () => {
    const broken = await Promise.all(
      Array.from({ length: PIECES + 1 }, (_, piece) =>
        stream(`[[stub cut=${piece}]] ${SAID}`, { fallbacks: [prefill] }),
      ),
    );
    for (const { text, end } of broken) {
      expect(text).toBe(UNBROKEN);
      expect(end).toMatchObject({ type: 'done', finish_reason: 'stop' });
    }
  });

  test('is complete once it has its reason to end, although the usage is lost', async () => {
    const { text, end, stub } = await stream(`[[stub cut=${PIECES + 1}]] ${SAID}`, { fallbacks: [prefill] });
    expect(text).toBe(UNBROKEN);
    expect(end).toMatchObject({ type: 'done', finish_reason: 'stop', model: plain.model });
    expect(end.route.attempts).toMatchObject([{ status: 'success', token_source: 'estimated' }]);
    expect(stub.calls).toBe(1);
  });

  test('goes on again and again while models fail', async () => {
    const id = crypto.randomUUID();
    const said = `[[stub id=${id} times=3 delay=0 cut=3]] ${SAID}`;
    const fallbacks = [prefill, plain, prefill, prefill];
    const { response } = await user.post(CHAT, chat(said, { ...plain, stream: true, fallbacks }));
    const frames = await readFrames(response);
    expect(textOf(frames)).toBe(UNBROKEN);
    const { route }: any = frames.at(-1);
    expect(route.attempts.map((attempt: any) => attempt.continues)).toEqual([false, true, true, true]);
    expect(route.passed).toMatchObject([{ ...plain, reason: 'cannot_continue' }]);
  });

  test('has as much left to say as its limit leaves', async () => {
    const { text, end, stub } = await stream('[[stub cut=6 tokens=60]] Go on', {
      max_tokens: 20,
      fallbacks: [prefill],
    });
    const written = end.route.attempts[0].completion_tokens;
    expect(written).toBeGreaterThan(3);
    expect(stub.lastRequest!.body.max_tokens).toBe(20 - written);
    const unbroken = await user.post(CHAT, chat('[[stub tokens=60]] Go on', { ...plain, max_tokens: 20 }));
    expect(text).toBe(unbroken.body.content);
    expect(end.finish_reason).toBe('length');
  });

  test('belongs to the message that the request had begun itself', async () => {
    const begun = { role: 'assistant', content: 'This is the' };
    const messagesOf = (directives: string) => [{ role: 'user', content: `${directives} ${SAID}` }, begun];
    const unbroken = await user.post(CHAT, { messages: messagesOf('[[stub delay=0]]'), ...prefill });
    const id = crypto.randomUUID();
    const { response } = await user.post(CHAT, {
      messages: messagesOf(`[[stub id=${id} times=1 delay=0 cut=5]]`),
      ...prefill,
      stream: true,
      fallbacks: [prefill],
    });
    const frames = await readFrames(response);
    expect(frames.at(-1)!.type).toBe('done');
    expect(textOf(frames)).toBe(unbroken.body.content);
    expect((await stubCalls(id)).lastRequest!.body.messages).toHaveLength(2);
  });
});

describe('what was shown cannot be taken back, so it ends with an error', () => {
  const tools = [{ type: 'function', function: { name: 'get_time', parameters: { type: 'object', properties: {} } } }];

  test.each([
    ['where no model can go on', `[[stub cut=4]] ${SAID}`, {}, () => plain, 'does not go on'],
    ['while a tool is called', '[[stub tool=get_time cut=1]] Hi', { tools }, () => prefill, 'a tool'],
    ['of a given form', '[[stub cut=1]] Hi', { response_format: { type: 'json_object' } }, () => prefill, 'given form'],
    ['of thoughts alone', '[[stub reasoning=5 cut=3]] Hi', {}, () => prefill, 'thoughts'],
  ])('%s', async (_, said, more, target, detail) => {
    const { end, frames, callId, stub } = await stream(said, { ...more, fallbacks: [target()] });
    expect(end).toMatchObject({ type: 'error', code: 'provider_unavailable', call_id: callId });
    expect(frames.filter(({ type }) => type === 'done' || type === 'usage')).toEqual([]);
    expect(end.route.passed).toMatchObject([{ ...target(), reason: 'cannot_continue' }]);
    expect(end.route.passed[0].detail).toContain(detail);
    expect(stub.calls).toBe(1);
    expect(await ledgerOf(callId, 1)).toMatchObject([{ status: 'error', call_status: 'settled' }]);
  });

  test('but not where the stream is read by nobody yet', async () => {
    const id = crypto.randomUUID();
    const said = `[[stub id=${id} times=1 delay=0 cut=4]] ${SAID}`;
    const { body } = await user.post(CHAT, chat(said, { ...plain, fallbacks: [plain] }));
    expect(body.content).toBe(UNBROKEN);
    // Nor is anything of the first attempt kept.
    const { response } = await user.get(`/api/v1/llm/streams/${body.metadata.call_id}`);
    expect(textOf(await readFrames(response))).toBe(UNBROKEN);
    const { pieces } = await keptOf(body.metadata.call_id);
    expect(pieces).toMatchObject([{ attempt: 1 }]);
  });
});

describe('the seam', () => {
  const text = 'One two  three\n\nfour\t five \n six.  ';

  test('loses and doubles no white space, wherever it is and whoever begins with it', () => {
    for (let at = 1; at <= text.length; at++) {
      const shown = text.slice(0, at);
      const sent = shown.trimEnd();
      // A model may begin with the white space, which it was not told of, or with the next word.
      const rests = [text.slice(sent.length), text.slice(at)].filter((rest, n) => n === 0 || /^\S/.test(rest));
      for (const rest of rests) {
        for (const size of [1, 2, 3, rest.length || 1]) {
          const seam = createSeam(shown);
          const pieces = rest.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
          expect(shown + pieces.map(seam).join('')).toBe(text);
        }
      }
    }
  });

  const target = {
    model: 'm',
    messages: [{ role: 'user', content: 'Hello' }],
    parameters: { max_completion_tokens: 10, seed: 1 },
    reading: { whole: false, patient: false, usageOnRequest: true },
    prefill: { prefix: true },
  } as unknown as CallTarget;

  test('is asked for as the provider wants it, with at least a token left', () => {
    const { messages, parameters } = toContinuation(target, 'So far \n', 12);
    expect(messages).toEqual([...target.messages, { role: 'assistant', content: 'So far', prefix: true }]);
    expect(parameters).toEqual({ max_completion_tokens: 1, seed: 1 });
  });

  test('is possible in a text alone', () => {
    const shown = new Answer();
    shown.add({ content: 'So far' });
    expect(whyNotContinue(shown, target, null)).toBeNull();
    expect(whyNotContinue(shown, target, { type: 'text' })).toBeNull();
    expect(whyNotContinue(shown, { ...target, prefill: null }, null)).not.toBeNull();
    shown.add({ functionCall: { name: 'f' } });
    expect(whyNotContinue(shown, target, null)).toContain('tool');
  });
});
