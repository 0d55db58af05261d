import { z } from '@hono/zod-openapi';
import type { AppError, FieldError } from '../../core/errors.ts';
import { toPointer } from '../../core/json-pointer.ts';
import { fill, type Locale } from '../../core/locale.ts';
import { ERRORS } from './catalog.ts';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

const ProblemField = z
  .object({
    loc: z
      .array(z.union([z.string(), z.number()]))
      .openapi({ description: 'Where the field stands, outermost first.', example: ['body', 'email'] }),
    msg: z.string().openapi({ example: 'Invalid email address' }),
    type: z.string().openapi({ description: 'The rule that was broken.', example: 'invalid_format' }),
    pointer: z.string().openapi({ description: 'JSON Pointer (RFC 6901) into that part.', example: '/email' }),
  })
  .openapi('ProblemField');

export const Problem = z
  .object({
    type: z.string().openapi({ description: 'URI reference of the kind of problem.', example: '/problems/not_found' }),
    title: z.string().openapi({ example: 'Not found' }),
    status: z.number().int().openapi({ example: 404 }),
    detail: z.string().openapi({ example: 'There is no such workspace.' }),
    instance: z.string().openapi({ description: 'The path of the request.', example: '/api/v1/workspaces' }),
    code: z.string().openapi({ description: 'Stable name of the kind, for programs.', example: 'not_found' }),
    error_id: z.string().openapi({ description: 'Finds the log entry of this very answer.' }),
    request_id: z.string().openapi({ description: 'As in the header X-Request-ID.' }),
    timestamp: z.iso.datetime(),
    errors: z.array(ProblemField).openapi({ description: 'The fields at fault; empty unless validation failed.' }),
    message: z.string().openapi({ description: 'The same as detail.' }),
    error: z.string().openapi({ description: 'The same as title.' }),
    route: z.record(z.string(), z.unknown()).optional().openapi({
      description: 'Of a call to a model: every upstream call that it took, as in the answers (`LlmRouteReport`).',
    }),
  })
  .openapi('Problem', { description: 'An error, as RFC 9457 has it, with the fields that older clients read.' });

export type Problem = z.infer<typeof Problem>;

/** Leaves out which part of the request the field is in. */
const pointerOf = ([, ...path]: FieldError['loc']) => toPointer(path);

/** What an error says in a language, as the detail of a problem or for one of several things that were asked for. */
export const detailOf = ({ code, options: { params, retryAfter } }: AppError, locale: Locale): string =>
  fill(ERRORS[code].detail[locale], { ...params, ...(retryAfter !== undefined && { seconds: retryAfter }) });

export function toProblem(
  error: AppError,
  at: { locale: Locale; path: string; requestId: string; errorId: string; now: Date },
): Problem {
  const entry = ERRORS[error.code];
  const title = entry.title[at.locale];
  const detail = detailOf(error, at.locale);
  return {
    type: `/problems/${error.code}`,
    title,
    status: entry.status,
    detail,
    instance: at.path,
    code: error.code,
    error_id: at.errorId,
    request_id: at.requestId,
    timestamp: at.now.toISOString(),
    errors: (error.options.fields ?? []).map((field) => ({ ...field, pointer: pointerOf(field.loc) })),
    message: detail,
    error: title,
    ...(error.options.extensions as Pick<Problem, 'route'> | undefined),
  };
}
