import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { AppError } from '../../core/errors.ts';
import { describeError, logEvent } from '../../core/log.ts';
import { isDatabaseUnavailable } from '../../db/errors.ts';
import { toRefusal } from '../../db/refusals.ts';
import { ConfigurationError } from '../../env.ts';
import type { AppEnv } from '../app-env.ts';
import { formAt } from './form.ts';

const DEFAULT_RETRY_AFTER = 5;

/** Answers any error in the form of its path. What was not expected is logged whole and shown as a fixed text. */
export function handleError(error: unknown, c: Context<AppEnv>): Response {
  const known = toAppError(error);
  const errorId = crypto.randomUUID();
  const form = formAt(c.req.path);
  const status = form.statusOf(known.code);
  c.set('errorCode', known.code);
  if (status >= 500) {
    logEvent('error', 'request_error', {
      request_id: c.var.requestId,
      error_id: errorId,
      code: known.code,
      ...c.var.ctx?.logFields,
      cause: describeError(known.options.cause ?? error),
    });
  }
  const written = form.write(known, {
    locale: c.var.locale ?? 'en',
    path: c.req.path,
    requestId: c.var.requestId,
    errorId,
    now: new Date(),
  });
  for (const [name, value] of Object.entries(errorHeaders(known, status))) c.header(name, value);
  return c.body(JSON.stringify(written), status, { 'Content-Type': form.mediaType });
}

/** Names any thrown thing in the application's terms. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const refusal = toRefusal(error);
  if (refusal) return refusal;
  if (error instanceof ConfigurationError) return new AppError('misconfigured', { cause: error });
  if (isDatabaseUnavailable(error)) return new AppError('database_unavailable', { cause: error });
  if (error instanceof HTTPException && error.status === 415) return new AppError('unsupported_media_type');
  if (error instanceof HTTPException && error.status < 500) {
    return new AppError('malformed_request', { params: { reason: error.message.toLowerCase() } });
  }
  return new AppError('internal_error', { cause: error });
}

/** Statuses that say when to come back. */
const PASSING = [429, 503];

function errorHeaders(error: AppError, status: number): Record<string, string> {
  const retryAfter = error.options.retryAfter ?? (PASSING.includes(status) ? DEFAULT_RETRY_AFTER : undefined);
  return {
    ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
    ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }),
    ...error.options.headers,
  };
}
