import { endpoint } from '../../../http/endpoint.ts';
import { json, optionalBody } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { ProviderParams } from '../schemas.ts';
import {
  CountTokensBody,
  CountTokensQuery,
  ProviderCountTokensBody,
  ProviderCountTokensQuery,
  TokenCount,
} from './schemas.ts';
import { countInput } from './service.ts';

export const tokenCountRouter = createRouter();

const TAG = 'LLM';
const DESCRIPTION =
  'Nothing is spent. Text and model may stand in the query or in the body, which wins. A chat, and the tools that go with ' +
  'it, come in the body: they are counted as the model would be shown them, by its provider where that counts (Anthropic, ' +
  'Google) and there is a key for it; of a text nobody is asked.';

/** A chat is fitted to its model, which may be unable to take it. */
const ERRORS = ['provider_not_found', 'model_not_found', 'provider_not_configured', 'unsupported_parameter'] as const;

tokenCountRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/llm/count-tokens',
    operationId: 'countTokens',
    summary: 'Count the tokens of a text or a chat',
    description: DESCRIPTION,
    tag: TAG,
    access: 'llm:invoke',
    rateLimit: 'llm',
    request: { query: CountTokensQuery, body: optionalBody(CountTokensBody) },
    responses: { 200: json('The count.', TokenCount) },
    errors: [...ERRORS],
    deprecatedPaths: [{ path: '/api/v1/llm/count-tokens-original', operationId: 'countTokensLegacy' }],
  }),
  async (c) => c.json(await countInput(c.var.ctx, { ...c.req.valid('query'), ...c.req.valid('json') }), 200),
);

tokenCountRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/llm/{provider}/count-tokens',
    operationId: 'countTokensWithProvider',
    summary: 'Count the tokens of a text or a chat for a model of one provider',
    description: DESCRIPTION,
    tag: TAG,
    access: 'llm:invoke',
    rateLimit: 'llm',
    request: {
      params: ProviderParams,
      query: ProviderCountTokensQuery,
      body: optionalBody(ProviderCountTokensBody),
    },
    responses: { 200: json('The count.', TokenCount) },
    errors: [...ERRORS],
  }),
  async (c) => {
    const input = { ...c.req.valid('query'), ...c.req.valid('json'), ...c.req.valid('param') };
    return c.json(await countInput(c.var.ctx, input), 200);
  },
);
