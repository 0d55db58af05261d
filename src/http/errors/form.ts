import type { z } from '@hono/zod-openapi';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { AppError, ErrorCode } from '../../core/errors.ts';
import type { Locale } from '../../core/locale.ts';
import { ERRORS } from './catalog.ts';
import { OPENAI_ERRORS } from './openai-form.ts';
import { PROBLEM_MEDIA_TYPE, Problem, toProblem } from './problem.ts';

/** The request that failed. */
export type ErrorPlace = { locale: Locale; path: string; requestId: string; errorId: string; now: Date };

/** How errors are written. Document and error handler are both made from it. */
export type ErrorForm = {
  mediaType: string;
  schema: z.ZodType;
  statusOf(code: ErrorCode): ContentfulStatusCode;
  /** What clients see as the code; it may say more than ours. */
  codesOf(code: ErrorCode): readonly string[];
  write(error: AppError, at: ErrorPlace): object;
};

const PROBLEMS: ErrorForm = {
  mediaType: PROBLEM_MEDIA_TYPE,
  schema: Problem,
  statusOf: (code) => ERRORS[code].status,
  codesOf: (code) => [code],
  write: toProblem,
};

/** Problems, but under `/v1`, where clients of OpenAI's call. */
export const formAt = (path: string): ErrorForm => (path.startsWith('/v1/') ? OPENAI_ERRORS : PROBLEMS);
