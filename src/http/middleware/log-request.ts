import type { Context, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { actorId } from '../../core/actor.ts';
import { logEvent } from '../../core/log.ts';
import type { AppEnv } from '../app-env.ts';

/** One event for each request, and the same figures for the client in `Server-Timing`. */
export const logRequest: MiddlewareHandler<AppEnv> = async function logRequest(c, next) {
  await next();
  const duration = Date.now() - c.var.startedAt;
  const meter = c.var.ctx?.meter;
  const timing = [`total;dur=${duration}`];
  if (meter) timing.push(`db;dur=${meter.milliseconds};desc="${meter.roundTrips}"`);
  // Answers of sockets are immutable. Of any other `c.header` would make a new one each time.
  if (c.res.status !== 101) {
    c.res.headers.set('Server-Timing', timing.join(', '));
    c.res.headers.set('X-Process-Time', (duration / 1000).toFixed(3));
  }
  logEvent(c.res.status >= 500 ? 'error' : 'info', 'request', describe(c, duration));
};

/** The route's pattern and not the path or query, which may hold tokens. */
function describe(c: Context<AppEnv>, duration: number): Record<string, unknown> {
  const { ctx } = c.var;
  return {
    request_id: c.var.requestId,
    method: c.req.method,
    route: routePath(c, -1),
    status: c.res.status,
    duration_ms: duration,
    error_code: c.var.errorCode ?? null,
    user_id: ctx ? actorId(ctx.actor) : null,
    workspace_id: ctx?.actor.kind === 'user' ? (ctx.actor.workspace?.id ?? null) : null,
    db_round_trips: ctx?.meter.roundTrips ?? 0,
    db_ms: ctx?.meter.milliseconds ?? 0,
    ...ctx?.logFields,
  };
}
