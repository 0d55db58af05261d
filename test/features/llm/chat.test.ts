import { beforeAll, describe, expect, test } from 'vitest';
import { addMember, createUser, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { billingEventsOf, chat, readFrames, settledUsage, stubCalls, textOf, usageLinesOf } from '../../helpers/llm.ts';
import { readEvents } from '../../helpers/streams.ts';

const CHAT = '/api/v1/llm/chat';

let user: User;
beforeAll(async () => {
  user = await createUser();
});

describe('an answer in one piece', () => {
  test('says who answered, what it cost, and is logged and billed once', async () => {
    const { status, body } = await user.post(CHAT, chat('Hello there'));
    expect(status).toBe(200);
    expect(body.content).toContain('Hello there');
    expect(body).toMatchObject({ provider: 'local', model: 'local-small', finish_reason: 'stop' });
    expect(body.usage.total_tokens).toBe(body.usage.prompt_tokens + body.usage.completion_tokens);

    const line = await settledUsage(body.metadata.call_id);
    expect(line).toMatchObject({
      workspace_id: user.workspaceId,
      user_id: user.id,
      input_tokens: body.usage.prompt_tokens,
      output_tokens: body.usage.completion_tokens,
      token_source: 'provider',
      status: 'success',
      user_api_key_used: false,
    });
    expect(await billingEventsOf(body.metadata.call_id)).toMatchObject([
      { event_type: 'usage', status: 'completed', workspace_id: user.workspaceId },
    ]);
  });

  test('generate takes a prompt', async () => {
    const { status, body } = await user.post('/api/v1/llm/generate', { prompt: 'A word about rain' });
    expect(status).toBe(200);
    expect(body.content).toContain('A word about rain');
  });

  test('every parameter reaches the provider', async () => {
    const id = crypto.randomUUID();
    const parameters = {
      temperature: 0.1,
      max_tokens: 77,
      top_p: 0.5,
      frequency_penalty: 0.3,
      presence_penalty: -0.3,
      stop: ['END'],
      seed: 42,
      response_format: { type: 'json_object' },
      tools: [{ type: 'function', function: { name: 'get_time', parameters: { type: 'object', properties: {} } } }],
      tool_choice: 'auto',
    };
    const { status } = await user.post(
      CHAT,
      chat(`[[stub id=${id}]] Hello`, { ...parameters, extra_params: { logit_bias: { 50256: -100 } } }),
    );
    expect(status).toBe(200);
    const { lastRequest } = await stubCalls(id);
    expect(lastRequest?.body).toMatchObject({ ...parameters, logit_bias: { 50256: -100 }, model: 'local-small' });
  });

  test('a tool call comes back whole', async () => {
    const tools = [
      { type: 'function', function: { name: 'get_time', parameters: { type: 'object', properties: {} } } },
    ];
    const tool_choice = { type: 'function', function: { name: 'get_time' } };
    const { body } = await user.post(CHAT, chat('What time is it?', { tools, tool_choice }));
    expect(body.tool_calls).toMatchObject([{ type: 'function', function: { name: 'get_time' } }]);
    expect(() => JSON.parse(body.tool_calls[0].function.arguments)).not.toThrow();
  });

  test('max_tokens ends the answer with finish_reason length', async () => {
    const { body } = await user.post(CHAT, chat('[[stub tokens=50]] Go on', { max_tokens: 5 }));
    expect(body.finish_reason).toBe('length');
    expect(body.usage.completion_tokens).toBeLessThanOrEqual(5);
  });
});

describe('a stream', () => {
  test('gives numbered deltas, the usage, and done', async () => {
    const { response, headers } = await user.post(CHAT, chat('Hello stream', { stream: true }));
    const frames = await readFrames(response);
    expect(frames.map((frame) => frame.id)).toEqual(frames.map((_, index) => index + 1));
    expect(frames.map((frame) => frame.type).filter((type) => type !== 'delta')).toEqual(['usage', 'done']);
    expect(textOf(frames)).toContain('Hello stream');
    const callId = headers.get('x-llm-call-id')!;
    expect(frames.at(-1)).toMatchObject({ call_id: callId, finish_reason: 'stop' });
    expect(await settledUsage(callId)).toMatchObject({ status: 'success', token_source: 'provider' });
  });

  test('gives the first token while the last is still to be generated', async () => {
    const id = crypto.randomUUID();
    const { response } = await user.post(CHAT, chat(`[[stub id=${id} tokens=40 delay=20]] Slowly`, { stream: true }));
    const events = readEvents(response);
    expect((await events.next()).value).toMatchObject({ event: 'delta' });
    expect(await stubCalls(id)).toMatchObject({ active: 1, completed: 0 });
    const rest = [];
    for await (const event of events) rest.push(event.event);
    expect(rest.at(-1)).toBe('done');
  });
});

describe('refusals', () => {
  test.each([
    ['an unknown field', { surprise: true }, 422, 'validation_failed'],
    ['a temperature out of range', { temperature: 2.5 }, 422, 'validation_failed'],
    ['an unknown provider', { provider: 'nobody' }, 422, 'provider_not_found'],
    ['an unknown model', { provider: 'local', model: 'nothing' }, 422, 'model_not_found'],
    ['a model that nobody offers', { model: 'nothing' }, 422, 'model_not_found'],
    ['a provider without a key, by its other name', { provider: 'claude' }, 424, 'provider_not_configured'],
    ['an extra parameter that has a field', { extra_params: { stream: true } }, 422, 'validation_failed'],
  ])('%s', async (_, more, status, code) => {
    const answer = await user.post(CHAT, chat('Hello', more));
    expect(answer).toMatchObject({ status, body: { code } });
  });

  test('an image for a model that sees none', async () => {
    const content = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }];
    const answer = await user.post(CHAT, { messages: [{ role: 'user', content }] });
    expect(answer).toMatchObject({ status: 422, body: { code: 'unsupported_parameter' } });
  });

  test('a viewer may not spend, and a stranger sees no workspace', async () => {
    const [viewer, stranger] = await Promise.all([createUser(), createUser()]);
    await addMember(user.workspaceId, viewer, 'viewer');
    const there = { 'X-Workspace-Id': user.workspaceId };
    const refused = await viewer.with(there).post(CHAT, chat('Hello'));
    expect(refused).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(refused.body.detail).toContain('llm:invoke');
    expect(await stranger.with(there).post(CHAT, chat('Hello'))).toMatchObject({ status: 404 });
  });

  test('nothing that was refused was recorded', async () => {
    const loner = await createUser();
    await loner.post(CHAT, chat('Hello', { provider: 'nobody' }));
    expect(await sql`select id from llm_calls where created_by = ${loner.id}`).toEqual([]);
  });
});

describe('what it costs at the database', () => {
  test('a call takes two round trips: who asks, and the record of the call', async () => {
    const { headers, body } = await user.post(CHAT, chat('Count'));
    expect(headers.get('server-timing')).toContain('desc="2"');
    expect(await settledUsage(body.metadata.call_id)).toBeTruthy();
    expect(await usageLinesOf(body.metadata.call_id)).toHaveLength(1);
  });
});
