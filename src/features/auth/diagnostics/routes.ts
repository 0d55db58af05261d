import { endpoint } from '../../../http/endpoint.ts';
import { json } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { CredentialsTest, TokenTest } from './schemas.ts';
import { testCredentials, testToken } from './service.ts';

export const diagnosticsRouter = createRouter();

const TAG = 'Authentication';

diagnosticsRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/auth/test-token',
    operationId: 'testToken',
    summary: 'Try your credentials',
    tag: TAG,
    access: 'identity',
    responses: { 200: json('They work.', TokenTest) },
  }),
  (c) => c.json(testToken(c.var.ctx), 200),
);

diagnosticsRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/auth/test-hybrid-auth',
    operationId: 'testCredentials',
    summary: 'Try your credentials, and see by which way they came',
    tag: TAG,
    access: 'identity',
    responses: { 200: json('They work.', CredentialsTest) },
  }),
  (c) => c.json(testCredentials(c.var.ctx), 200),
);
