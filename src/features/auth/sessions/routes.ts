import { endpoint } from '../../../http/endpoint.ts';
import { envelope, message } from '../../../http/messages.ts';
import { body, formBody, json, optionalBody } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { Message } from '../../../http/schemas.ts';
import { LoginRequest, LogoutRequest, RefreshRequest, TokenAnswer } from './schemas.ts';
import { logIn, logInWithBasic, logOut, logOutEverywhere, refreshSession } from './service.ts';

export const sessionsRouter = createRouter();

const TAG = 'Authentication';

const LOGGED_IN = { en: 'Logged in.', pt: 'Login realizado com sucesso.' };

sessionsRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/auth/login',
    operationId: 'logIn',
    summary: 'Log in',
    description: 'By e-mail address or user name. Wrong passwords make further attempts wait, longer each time.',
    tag: TAG,
    access: 'public',
    rateLimit: 'credentials',
    request: { body: formBody(LoginRequest, 'LoginRequest') },
    responses: { 200: json('Tokens of a new session.', TokenAnswer) },
    errors: ['invalid_credentials', 'account_disabled', 'login_throttled', 'database_unavailable'],
  }),
  async (c) => c.json(envelope(c, await logIn(c.var.ctx, c.req.valid('json')), LOGGED_IN), 200),
);

sessionsRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/auth/docs-login',
    operationId: 'logInWithBasic',
    summary: 'Log in with HTTP Basic',
    description: 'For API explorers. A bearer token is not accepted here.',
    tag: TAG,
    access: 'account',
    rateLimit: 'credentials',
    responses: { 200: json('Tokens of a new session.', TokenAnswer) },
  }),
  async (c) => c.json(envelope(c, await logInWithBasic(c.var.ctx), LOGGED_IN), 200),
);

sessionsRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/auth/refresh',
    operationId: 'refreshSession',
    summary: 'Exchange a refresh token',
    description:
      'Each refresh token works once. For 30 seconds after that it answers its successor again; used later, it ends the session.',
    tag: TAG,
    access: 'public',
    request: { body: body(RefreshRequest) },
    responses: { 200: json('The next tokens of the session.', TokenAnswer) },
    errors: ['invalid_refresh_token', 'account_disabled', 'database_unavailable'],
  }),
  async (c) => {
    const tokens = await refreshSession(c.var.ctx, c.req.valid('json').refresh_token);
    return c.json(envelope(c, tokens, { en: 'Tokens renewed.', pt: 'Tokens renovados com sucesso.' }), 200);
  },
);

sessionsRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/auth/logout',
    operationId: 'logOut',
    summary: 'Log out',
    description: 'Ends the session at once, its access token included. Doing it again changes nothing.',
    tag: TAG,
    access: 'signature',
    request: { body: optionalBody(LogoutRequest) },
    responses: { 200: json('The session is over.', Message) },
  }),
  async (c) => {
    await logOut(c.var.ctx, c.req.valid('json')?.refresh_token);
    return c.json(message(c, { en: 'Logged out.', pt: 'Logout realizado com sucesso' }), 200);
  },
);

sessionsRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/auth/logout-all',
    operationId: 'logOutEverywhere',
    summary: 'Log out on all devices',
    tag: TAG,
    access: 'account',
    responses: { 200: json('All sessions are over.', Message) },
  }),
  async (c) => {
    await logOutEverywhere(c.var.ctx);
    const text = { en: 'Logged out on all devices.', pt: 'Logout realizado em todos os dispositivos' };
    return c.json(message(c, text), 200);
  },
);
