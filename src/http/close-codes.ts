import type { AppError } from '../core/errors.ts';
import { ERRORS } from './errors/catalog.ts';

/** Close codes that clients know, by the status that a plain request would get (RFC 6455 §7.4; 4000 and up are ours). */
const CLOSE_CODES: Record<number, number> = { 401: 4001, 403: 4003, 404: 4003, 422: 1008, 429: 1008, 503: 1013 };
const INTERNAL_ERROR = 1011;

/** The code with which a socket ends for an error. */
export const closeCodeOf = (error: AppError): number => CLOSE_CODES[ERRORS[error.code].status] ?? INTERNAL_ERROR;
