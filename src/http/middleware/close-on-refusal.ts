import type { MiddlewareHandler } from 'hono';
import { AppError } from '../../core/errors.ts';
import { parseEnv } from '../../env.ts';
import type { AppEnv } from '../app-env.ts';
import { closeCodeOf } from '../close-codes.ts';
import { toAppError } from '../errors/handler.ts';

/**
 * Accepts a refused WebSocket and closes it with a code, which a browser's client can read, unlike a status. Origins
 * are checked as for CORS: a page elsewhere may not open sockets, whatever token it has found.
 */
export const closeOnRefusal: MiddlewareHandler<AppEnv> = async function closeOnRefusal(c, next) {
  if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') return next();
  if (!isAllowedOrigin(c.req.header('origin'), c.req.url, parseEnv(c.env).CORS_ORIGINS)) {
    return refuse(new AppError('forbidden', { params: { permission: 'origin' } }));
  }
  await next();
  if (c.error) {
    c.res = undefined;
    c.res = refuse(toAppError(c.error));
  }
};

function isAllowedOrigin(origin: string | undefined, url: string, allowed: string[]): boolean {
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return true;
  return origin === new URL(url).origin;
}

function refuse(error: AppError): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.close(closeCodeOf(error), error.code);
  return new Response(null, { status: 101, webSocket: client });
}
