import { endpoint } from '../../../http/endpoint.ts';
import { body, json } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import {
  ListPersonalTokensQuery,
  NewPersonalToken,
  PersonalToken,
  PersonalTokenPage,
  PersonalTokenParams,
  PersonalTokenRequest,
} from './schemas.ts';
import { createToken, getToken, listTokens, revokeToken } from './service.ts';

export const personalTokensRouter = createRouter();

const TAG = 'Authentication';

personalTokensRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/auth/tokens',
    operationId: 'createPersonalToken',
    summary: 'Create a personal access token',
    description:
      'For programs: sent as `Authorization: Bearer`, in one workspace, with some of your permissions there. It is shown ' +
      'this once. It ends when it expires or is revoked, and is worth nothing while you are disabled or no member. It ' +
      'manages no account: no logins, passwords or further tokens.',
    tag: TAG,
    access: 'account',
    request: { body: body(PersonalTokenRequest) },
    responses: { 201: json('The new token.', NewPersonalToken) },
    errors: ['forbidden', 'limit_reached'],
  }),
  async (c) => c.json(await createToken(c.var.ctx, c.req.valid('json')), 201),
);

personalTokensRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/auth/tokens',
    operationId: 'listPersonalTokens',
    summary: 'List your personal access tokens',
    description: 'Newest first, in all workspaces. Those that have ended stay in the list for 90 days.',
    tag: TAG,
    access: 'account',
    request: { query: ListPersonalTokensQuery },
    responses: { 200: json('A page of tokens.', PersonalTokenPage) },
  }),
  async (c) => c.json(await listTokens(c.var.ctx, c.req.valid('query')), 200),
);

personalTokensRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/auth/tokens/{token_id}',
    operationId: 'getPersonalToken',
    summary: 'Show a personal access token',
    tag: TAG,
    access: 'account',
    request: { params: PersonalTokenParams },
    responses: { 200: json('The token, without itself.', PersonalToken) },
  }),
  async (c) => c.json(await getToken(c.var.ctx, c.req.valid('param').token_id), 200),
);

personalTokensRouter.openapi(
  endpoint({
    method: 'delete',
    path: '/api/v1/auth/tokens/{token_id}',
    operationId: 'revokePersonalToken',
    summary: 'Revoke a personal access token',
    description: 'For requests at once, for open connections within ten seconds. Doing it again changes nothing.',
    tag: TAG,
    access: 'account',
    request: { params: PersonalTokenParams },
    responses: { 204: { description: 'The token is worth nothing any more.' } },
  }),
  async (c) => {
    await revokeToken(c.var.ctx, c.req.valid('param').token_id);
    return c.body(null, 204);
  },
);
