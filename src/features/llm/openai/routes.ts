import { z } from '@hono/zod-openapi';
import { AppError } from '../../../core/errors.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { readLastEventId } from '../../../http/last-event-id.ts';
import { once } from '../../../http/idempotency.ts';
import { body, EVENT_STREAM, json } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { Uuid } from '../../../http/schemas.ts';
import { CacheHeaders, cacheHeaders } from '../cache/schemas.ts';
import { EMULATED_HEADER } from '../calls/frames.ts';
import { call, callAgain } from '../service/call.ts';
import { CALL_ERRORS } from '../calls/call-errors.ts';
import { getModel, listModels } from './list-models.ts';
import { presentCompletion, presentEmbeddings } from './present.ts';
import {
  EmbeddingBody,
  EmbeddingList,
  OpenaiChatRequest,
  OpenaiCompletion,
  OpenaiModel,
  OpenaiModelList,
  OpenaiModelParams,
} from './schemas.ts';
import { toChatCall } from './to-call.ts';

export const openaiRouter = createRouter();

const TAG = 'OpenAI';

const CALL_ID_HEADER = 'X-LLM-Call-Id';

const CallHeaders = z.object({
  [CALL_ID_HEADER]: Uuid.openapi({ description: 'The call, as the usage log has it.' }),
  [EMULATED_HEADER]: z.string().optional().openapi({
    description: "Fields that the provider's endpoint does not know, and that were honoured otherwise.",
    example: 'response_format',
  }),
});

const callHeaders = (callId: string, emulated: string) => ({
  [CALL_ID_HEADER]: callId,
  ...(emulated && { [EMULATED_HEADER]: emulated }),
});

const CHUNK = 'data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hello"}}]}\n\n';

openaiRouter.openapi(
  endpoint({
    method: 'post',
    path: '/v1/chat/completions',
    operationId: 'createChatCompletion',
    summary: "Chat with a model, in OpenAI's form",
    description:
      "For clients of OpenAI's: base URL `/v1`, and a token in place of the key. OpenAI's defaults hold. What the model " +
      'or its provider cannot do is refused by name, or honoured otherwise and listed in `X-LLM-Emulated`. A stream ' +
      'that breaks off ends with an `error` and without `[DONE]`.',
    tag: TAG,
    access: 'llm:invoke',
    rateLimit: 'llm',
    idempotent: true,
    request: { body: body(OpenaiChatRequest) },
    responses: {
      200: {
        description: 'The answer, or its chunks when a stream was asked for.',
        headers: CallHeaders.extend(CacheHeaders),
        content: {
          'application/json': { schema: OpenaiCompletion },
          'text/event-stream': { schema: z.string().openapi({ example: CHUNK }) },
        },
      },
    },
    errors: [...CALL_ERRORS],
  }),
  async (c) => {
    const request = toChatCall(c.req.valid('json'));
    const listener = { left: c.req.raw.signal, after: readLastEventId(c) };
    const answer = await once(c, {
      perform: (ctx) => call(ctx, 'chat', request, listener),
      replay: (ctx, callId) => callAgain(ctx, callId, request, listener),
      mayComeToNothing: true,
    });
    if ('frames' in answer) {
      const { frames, callId, emulated, cached } = answer;
      return c.body(frames, 200, { ...EVENT_STREAM, ...callHeaders(callId, emulated), ...cacheHeaders(cached) });
    }
    const { call_id: callId, emulated, cache } = answer.response.metadata;
    const headers = { ...callHeaders(callId, emulated.join(', ')), ...cacheHeaders(cache) };
    return c.json(presentCompletion(answer), 200, headers);
  },
);

openaiRouter.openapi(
  endpoint({
    method: 'post',
    path: '/v1/embeddings',
    operationId: 'createEmbedding',
    summary: 'Turn texts into vectors',
    description:
      'Vectors are not kept: a request that is repeated with its Idempotency-Key once it is answered is refused ' +
      '(`answer_not_kept`), and nothing is spent again.',
    tag: TAG,
    access: 'llm:invoke',
    rateLimit: 'llm',
    idempotent: true,
    request: { body: body(EmbeddingBody) },
    responses: { 200: { ...json('A vector for each text.', EmbeddingList), headers: CallHeaders } },
    errors: [...CALL_ERRORS, 'answer_not_kept'],
  }),
  async (c) => {
    const request = c.req.valid('json');
    const listener = { left: c.req.raw.signal, after: null };
    const answer = await once(c, {
      perform: (ctx) => call(ctx, 'embedding', request, listener),
      replay: async (ctx, callId) => {
        if (await callAgain(ctx, callId, request, listener)) throw new AppError('answer_not_kept');
        return null;
      },
      mayComeToNothing: true,
    });
    if (!('response' in answer)) throw new Error('an embedding came in frames');
    const { call_id: callId, emulated } = answer.response.metadata;
    return c.json(presentEmbeddings(answer), 200, callHeaders(callId, emulated.join(', ')));
  },
);

openaiRouter.openapi(
  endpoint({
    method: 'get',
    path: '/v1/models',
    operationId: 'listOpenaiModels',
    summary: "List the models, in OpenAI's form",
    description: 'All that are active; some answer to a key of your own alone.',
    tag: TAG,
    access: 'signature',
    responses: { 200: json('The models.', OpenaiModelList) },
  }),
  async (c) => c.json({ object: 'list' as const, data: await listModels(c.var.ctx) }, 200),
);

openaiRouter.openapi(
  endpoint({
    method: 'get',
    path: '/v1/models/{model}',
    operationId: 'getOpenaiModel',
    summary: "Read a model, in OpenAI's form",
    tag: TAG,
    access: 'signature',
    request: { params: OpenaiModelParams },
    responses: { 200: json('The model.', OpenaiModel) },
    errors: ['model_not_found'],
  }),
  async (c) => c.json(await getModel(c.var.ctx, c.req.valid('param').model), 200),
);
