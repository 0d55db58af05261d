import type { RouteConfig } from '@hono/zod-openapi';
import type { ErrorCode } from '../../core/errors.ts';
import { isPermission, type Access } from '../../core/permissions.ts';
import { ERRORS } from './catalog.ts';
import type { ErrorForm } from './form.ts';

type Responses = RouteConfig['responses'];
type Response = Responses[string];

/** What decides which errors an operation may answer besides its own. */
export type OperationKind = {
  method: string;
  access: Access;
  takesInput: boolean;
  takesBody: boolean;
  hasPath: boolean;
};

/** Errors that any operation of this kind may answer, whatever it does. */
function standardErrors({ method, access, takesInput, takesBody, hasPath }: OperationKind): ErrorCode[] {
  const inWorkspace = isPermission(access);
  const standing: [boolean, ErrorCode[]][] = [
    [true, ['rate_limited', 'internal_error', 'misconfigured']],
    // Every statement may find the database away; only operations that look nobody up can do without one.
    [access !== 'public', ['unauthenticated', 'invalid_credentials', 'account_disabled', 'login_throttled']],
    [access !== 'public', ['database_unavailable']],
    [access === 'superuser' || inWorkspace, ['forbidden']],
    [access === 'account' || access === 'superuser', ['token_not_allowed']],
    // A request may name a workspace whatever it is about, and tokens are for one; what is not the caller's is not there.
    [access !== 'public' || hasPath, ['not_found']],
    [takesInput, ['validation_failed']],
    [method !== 'get', ['payload_too_large']],
    [takesBody, ['malformed_request', 'unsupported_media_type']],
  ];
  return standing.flatMap(([applies, codes]) => (applies ? codes : []));
}

/** The answers of an operation: its own, and the errors of its kind and its own, by status. */
export function withErrors(
  form: ErrorForm,
  kind: OperationKind,
  ownErrors: readonly ErrorCode[],
  own: Responses,
): Responses {
  const codes = new Set([...standardErrors(kind), ...ownErrors]);
  // In the order of the table, so that equal sets are equal texts.
  const ordered = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => codes.has(code));
  const responses: Responses = { ...own };
  for (const [status, ofStatus] of Map.groupBy(ordered, form.statusOf)) {
    const answer = describeErrors(form, ofStatus);
    const described = own[status];
    // An operation may answer a status of the errors with a body of its own; the problem stands beside it.
    responses[status] = described ? mergeContent(described, answer) : answer;
  }
  return responses;
}

function mergeContent(own: Response, problem: ReturnType<typeof describeErrors>): Response {
  if ('$ref' in own) return own;
  const { content, description: _, ...codes } = problem;
  return { ...own, ...codes, content: { ...own.content, ...content } };
}

/** One answer that may carry any of these codes, which share a status. */
function describeErrors(form: ErrorForm, codes: ErrorCode[]) {
  const meanings = codes.map((code) => `${ERRORS[code].title.en} (\`${form.codesOf(code).join('`, `')}\`)`);
  const shown = [...new Set(codes.flatMap(form.codesOf))];
  return {
    description: `${meanings.join(', or ')}.`,
    content: { [form.mediaType]: { schema: form.schema } },
    'x-problem-codes': codes,
    ...(shown.join() !== codes.join() && { 'x-error-codes': shown }),
  } satisfies Response & { 'x-problem-codes': ErrorCode[]; 'x-error-codes'?: string[] };
}
