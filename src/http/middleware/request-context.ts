import type { MiddlewareHandler } from 'hono';
import { chooseLocale } from '../../core/locale.ts';
import { createCtx } from '../../context.ts';
import { parseEnv } from '../../env.ts';
import type { AppEnv, Authenticator } from '../app-env.ts';
import { clientNetwork } from '../credentials.ts';

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Names the request, so that even an answer about a bad configuration can be found again. */
export const identifyRequest: MiddlewareHandler<AppEnv> = async function identifyRequest(c, next) {
  const given = c.req.header('x-request-id') ?? '';
  const requestId = REQUEST_ID.test(given) ? given : crypto.randomUUID();
  c.set('requestId', requestId);
  c.set('startedAt', Date.now());
  c.set('locale', chooseLocale(c.req.header('accept-language')));
  c.header('X-Request-ID', requestId);
  c.header('Vary', 'Accept-Language', { append: true });
  await next();
};

/** Makes the request's context and says who checks credentials. */
export function provideContext(authenticator: Authenticator): MiddlewareHandler<AppEnv> {
  return async function provideContext(c, next) {
    const { requestId, locale } = c.var;
    const waitUntil = (promise: Promise<unknown>) => c.executionCtx.waitUntil(promise);
    c.set('authenticator', authenticator);
    c.set(
      'ctx',
      createCtx({ env: parseEnv(c.env), requestId, locale, clientNetwork: clientNetwork(c.req), waitUntil }),
    );
    await next();
  };
}
