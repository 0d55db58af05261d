import { bodyLimit } from 'hono/body-limit';
import { AppError } from '../../core/errors.ts';

/** JSON and forms; uploads of files have a limit of their own. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

export const limitBody = bodyLimit({
  maxSize: BODY_LIMIT_BYTES,
  onError: () => {
    throw new AppError('payload_too_large', { params: { limit: BODY_LIMIT_BYTES } });
  },
});
