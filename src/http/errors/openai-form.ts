import { z } from '@hono/zod-openapi';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { AppError, ErrorCode, FieldError } from '../../core/errors.ts';
import type { Locale } from '../../core/locale.ts';
import { ERRORS } from './catalog.ts';
import type { ErrorForm } from './form.ts';
import { detailOf } from './problem.ts';

export const OpenaiError = z
  .object({
    error: z
      .object({
        message: z.string().openapi({ example: 'There is no such path.' }),
        type: z.string().openapi({ example: 'invalid_request_error' }),
        param: z.string().nullable().openapi({ description: 'The field at fault.', example: 'messages[0].content' }),
        code: z.string().openapi({ description: 'Stable name of the kind, for programs.', example: 'invalid_value' }),
      })
      .openapi('OpenaiErrorBody'),
  })
  .openapi('OpenaiError', { description: "An error, as OpenAI's clients read it." });

type Shown = { status: ContentfulStatusCode; type: string; code: string };

/**
 * What OpenAI answers in the place of ours, and what makes its clients raise the error that fits; what is not named here
 * keeps its status and its name. Statuses that the clients try again by themselves (408, 409, 429, 5xx) are for what may
 * succeed then.
 */
const SHOWN: Partial<Record<ErrorCode, Partial<Shown>>> = {
  validation_failed: { status: 400 },
  unauthenticated: { code: 'invalid_api_key' },
  invalid_credentials: { code: 'invalid_api_key' },
  account_disabled: { code: 'account_deactivated' },
  rate_limited: { code: 'rate_limit_exceeded' },
  login_throttled: { code: 'rate_limit_exceeded' },
  budget_exceeded: { code: 'insufficient_quota' },
  secret_unreadable: { status: 403 },
  idempotency_mismatch: { status: 400 },
  answer_not_kept: { status: 400 },
  model_not_found: { status: 404 },
  provider_not_found: { status: 404, code: 'model_not_found' },
  provider_not_configured: { status: 403 },
  unsupported_parameter: { status: 400 },
  provider_rejected: { status: 400 },
  context_too_long: { status: 400, code: 'context_length_exceeded' },
  content_filtered: { status: 400, code: 'content_filter' },
  model_unavailable: { status: 404, code: 'model_not_found' },
  api_key_rejected: { status: 403 },
  provider_quota_exhausted: { status: 402, code: 'insufficient_quota' },
  provider_rate_limited: { status: 429, code: 'rate_limit_exceeded' },
};

/** By status; whatever else the request is to blame for is of OpenAI's one kind. */
const TYPES: Record<number, string> = {
  402: 'insufficient_quota',
  403: 'permission_error',
  429: 'rate_limit_error',
  500: 'server_error',
  503: 'server_error',
};

/** The rules that fields break, in OpenAI's words. */
const FIELD_CODES: Record<string, string> = {
  required: 'missing_required_parameter',
  invalid_type: 'invalid_type',
  unrecognized_keys: 'unknown_parameter',
  unsupported_parameter: 'unsupported_parameter',
  unsupported_value: 'unsupported_value',
};
const OTHER_FIELD_CODE = 'invalid_value';

function shownAs(code: ErrorCode): Shown {
  const status = SHOWN[code]?.status ?? ERRORS[code].status;
  return { status, type: TYPES[status] ?? 'invalid_request_error', code, ...SHOWN[code] };
}

export function toOpenaiError(error: AppError, locale: Locale): z.infer<typeof OpenaiError> {
  const { type, code } = shownAs(error.code);
  const [field] = error.options.fields ?? [];
  return {
    error: {
      message: messageOf(error, locale),
      type,
      param: field ? nameOf(field) : null,
      code: error.code === 'validation_failed' ? (FIELD_CODES[field?.type ?? ''] ?? OTHER_FIELD_CODE) : code,
    },
  };
}

/** There is one message and no list of fields: the message names them. */
function messageOf(error: AppError, locale: Locale): string {
  const { fields = [] } = error.options;
  if (error.code !== 'validation_failed') return detailOf(error, locale);
  const faults = fields.map((field) => [nameOf(field), field.msg].filter(Boolean).join(': '));
  return `${ERRORS[error.code].title[locale]}. ${faults.join('; ')}`;
}

/** `messages[0].content`; null for the body as a whole. */
function nameOf({ loc: [, ...path] }: FieldError): string | null {
  const name = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
  return name.replace(/^\./, '') || null;
}

/** @see https://platform.openai.com/docs/guides/error-codes */
export const OPENAI_ERRORS: ErrorForm = {
  mediaType: 'application/json',
  schema: OpenaiError,
  statusOf: (code) => shownAs(code).status,
  codesOf: (code) =>
    code === 'validation_failed' ? [...Object.values(FIELD_CODES), OTHER_FIELD_CODE] : [shownAs(code).code],
  write(error, { locale, errorId }) {
    const written = toOpenaiError(error, locale);
    // The text asks for it, and there is no other place.
    if (error.code === 'internal_error') written.error.message += ` (error_id: ${errorId})`;
    return written;
  },
};
