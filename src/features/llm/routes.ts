import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { AppEnv } from '../../http/app-env.ts';
import { endpoint } from '../../http/endpoint.ts';
import { readLastEventId } from '../../http/last-event-id.ts';
import { once } from '../../http/idempotency.ts';
import { body, EVENT_STREAM, json, optionalBody } from '../../http/respond.ts';
import { message } from '../../http/messages.ts';
import { createRouter } from '../../http/router.ts';
import { Message, Uuid } from '../../http/schemas.ts';
import { CacheHeaders, cacheHeaders } from './cache/schemas.ts';
import {
  ChatRequestBody,
  GenerateRequestBody,
  GenerateTextResponse,
  LlmResponse,
  ModelList,
  ProviderGenerateBody,
  ProviderGenerateQuery,
  ProviderList,
  ProviderParams,
  ProviderQuery,
  StreamParams,
  StreamQuery,
} from './schemas.ts';
import { call, callAgain } from './service/call.ts';
import { followStream } from './service/follow-stream.ts';
import { CALL_ERRORS } from './calls/call-errors.ts';
import { toGenerateRequest, toTextResponse } from './service/generate-text.ts';
import type { LlmAnswer } from './service/read-answer.ts';
import { listModels, listProviders } from './service/list-models.ts';

export const llmRouter = createRouter();

const TAG = 'LLM';

const STREAM_DESCRIPTION =
  'Your own key of the provider is used where you have stored one that is active. What the model or its provider cannot ' +
  'do is refused by name, or honoured otherwise and listed in `emulated`; nothing is left out.\n\n' +
  'One that fails goes on with the `fallbacks`, or with the next model of its `route`; `route` in the answer tells all ' +
  'of it.\n\n' +
  'With `stream: true` the answer is `text/event-stream`: frames `delta`, then `usage` and `done`; `error` ends an ' +
  'answer that is not complete. Every frame has an id. A client that comes back with the same `Idempotency-Key` and ' +
  '`Last-Event-ID` gets the rest; so does `GET /api/v1/llm/streams/{stream_id}`.';

const frames = {
  'text/event-stream': {
    schema: z.string().openapi({ example: 'id: 1\nevent: delta\ndata: {"type":"delta","content":"Hello"}\n\n' }),
  },
};

const answer = {
  description: 'The answer, or its frames when a stream was asked for.',
  headers: z.object({
    'X-LLM-Call-Id': Uuid.optional().openapi({ description: 'The call, for streams; else it is in the metadata.' }),
    ...CacheHeaders,
  }),
  content: {
    'application/json': { schema: LlmResponse },
    ...frames,
  },
};

llmRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/llm/chat',
    operationId: 'createChat',
    summary: 'Chat with a model',
    description: STREAM_DESCRIPTION,
    tag: TAG,
    access: 'llm:invoke',
    rateLimit: 'llm',
    idempotent: true,
    request: { body: body(ChatRequestBody) },
    responses: { 200: answer },
    errors: ['provider_not_found', ...CALL_ERRORS],
  }),
  async (c) => answerCall(c, 'chat', c.req.valid('json')),
);

llmRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/llm/streams/{stream_id}',
    operationId: 'followStream',
    summary: 'Follow the answer of a call',
    description:
      'What you have called yourself, while it goes on or for ten minutes after it has ended: all frames after ' +
      '`Last-Event-ID` or `after`, then those that come. Any number of readers may follow; no provider is asked again.',
    tag: TAG,
    access: 'llm:invoke',
    request: { params: StreamParams, query: StreamQuery },
    responses: { 200: { description: 'Its frames.', content: frames } },
    errors: ['answer_abandoned', 'service_unavailable'],
  }),
  async (c) => {
    const after = readLastEventId(c) ?? c.req.valid('query').after ?? 0;
    return c.body(await followStream(c.var.ctx, c.req.valid('param').stream_id, after), 200, EVENT_STREAM);
  },
);

llmRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/llm/generate',
    operationId: 'generateText',
    summary: 'Generate a text from a prompt',
    description: STREAM_DESCRIPTION,
    tag: TAG,
    access: 'llm:invoke',
    rateLimit: 'llm',
    idempotent: true,
    request: { body: body(GenerateRequestBody) },
    responses: { 200: answer },
    errors: ['provider_not_found', ...CALL_ERRORS],
  }),
  async (c) => answerCall(c, 'generate', c.req.valid('json')),
);

llmRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/llm/{provider}/generate',
    operationId: 'generateTextWithProvider',
    summary: 'Generate a text with a model of one provider',
    description: 'Everything may stand in the query or in the body; the body wins.',
    tag: TAG,
    access: 'llm:invoke',
    rateLimit: 'llm',
    idempotent: true,
    request: { params: ProviderParams, query: ProviderGenerateQuery, body: optionalBody(ProviderGenerateBody) },
    responses: { 200: json('The text.', GenerateTextResponse) },
    errors: ['provider_not_found', ...CALL_ERRORS],
  }),
  async (c) => {
    const input = { ...c.req.valid('query'), ...c.req.valid('json') };
    const request = toGenerateRequest(c.req.valid('param').provider, input);
    return c.json(toTextResponse(await makeCall(c, 'generate', request)), 200);
  },
);

llmRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/llm/models',
    operationId: 'listModels',
    summary: 'List the models of the catalogue',
    tag: TAG,
    access: 'signature',
    request: { query: ProviderQuery },
    responses: { 200: json('The active models by provider.', ModelList) },
    errors: ['provider_not_found'],
  }),
  async (c) => c.json(await listModels(c.var.ctx, c.req.valid('query').provider), 200),
);

llmRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/llm/{provider}/models',
    operationId: 'listModelsOfProvider',
    summary: 'List the models of one provider',
    tag: TAG,
    access: 'signature',
    request: { params: ProviderParams },
    responses: { 200: json('Its active models.', ModelList) },
    errors: ['provider_not_found'],
  }),
  async (c) => c.json(await listModels(c.var.ctx, c.req.valid('param').provider), 200),
);

llmRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/llm/test-tags',
    operationId: 'testGateway',
    summary: 'See that the gateway answers',
    description: 'For older clients that ask whether it is there; the catalogue says what it has.',
    tag: TAG,
    access: 'signature',
    responses: { 200: json('How many models it has.', Message) },
  }),
  async (c) => {
    const { count } = await listModels(c.var.ctx);
    return c.json(message(c, { en: `${count} models can be asked.`, pt: `${count} modelos podem ser usados.` }), 200);
  },
);

llmRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/llm/providers',
    operationId: 'listProviders',
    summary: 'List the providers of the catalogue',
    tag: TAG,
    access: 'public',
    responses: { 200: json('The providers that have active models.', ProviderList) },
  }),
  async (c) => c.json(await listProviders(c.var.ctx), 200),
);

type CallRequest = ChatRequestBody | GenerateRequestBody;

async function answerCall(c: Context<AppEnv>, operation: 'chat' | 'generate', request: CallRequest) {
  const answer = await makeCall(c, operation, request);
  const cached = 'response' in answer ? answer.response.metadata.cache : answer.cached;
  const headers = cacheHeaders(cached);
  if ('response' in answer) return c.json(answer.response, 200, headers);
  return c.body(answer.frames, 200, { ...EVENT_STREAM, ...headers, 'X-LLM-Call-Id': answer.callId });
}

function makeCall(c: Context<AppEnv>, operation: 'chat' | 'generate', request: CallRequest): Promise<LlmAnswer> {
  const listener = { left: c.req.raw.signal, after: readLastEventId(c) };
  return once(c, {
    perform: (ctx) => call(ctx, operation, request, listener),
    replay: (ctx, callId) => callAgain(ctx, callId, request, listener),
    mayComeToNothing: true,
  });
}
