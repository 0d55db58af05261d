import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { AppError } from '../../core/errors.ts';
import type { AppEnv } from '../app-env.ts';

/** JSON and forms; uploads of files have a limit of their own. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

const UPLOAD_LIMIT_BYTES = 10 * 1024 * 1024;

/** Paths at which a PUT brings a file. */
const UPLOADS = new Set(['/api/v1/workflow-files/content']);

const limitTo = (maxSize: number): MiddlewareHandler<AppEnv> =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new AppError('payload_too_large', { params: { limit: maxSize } });
    },
  });

const limitUpload = limitTo(UPLOAD_LIMIT_BYTES);
const limitOthers = limitTo(BODY_LIMIT_BYTES);

export const limitBody: MiddlewareHandler<AppEnv> = function limitBody(c, next) {
  const isUpload = c.req.method === 'PUT' && UPLOADS.has(c.req.path.replace(/\/$/, ''));
  return (isUpload ? limitUpload : limitOthers)(c, next);
};
