/**
 * What can go wrong, in the application's own terms. The HTTP status and the texts of each code stand in
 * `http/errors/catalog.ts`; nothing here knows of them.
 */
export type ErrorCode =
  | 'malformed_request'
  | 'validation_failed'
  | 'unauthenticated'
  | 'invalid_credentials'
  | 'account_disabled'
  | 'invalid_refresh_token'
  | 'invalid_mail_token'
  | 'wrong_password'
  | 'email_taken'
  | 'username_taken'
  | 'sole_owner'
  | 'forbidden'
  | 'token_not_allowed'
  | 'not_found'
  | 'already_exists'
  | 'limit_reached'
  | 'billing_event_final'
  | 'budget_exceeded'
  | 'no_subscription'
  | 'collaborative_not_allowed'
  | 'individual_workspace'
  | 'already_member'
  | 'owner_required'
  | 'outranked'
  | 'already_reminded'
  | 'email_not_verified'
  | 'invitation_for_another'
  | 'invitation_closed'
  | 'mail_throttled'
  | 'comments_disabled'
  | 'not_the_author'
  | 'integration_disabled'
  | 'delivery_pending'
  | 'workflow_taken'
  | 'workflow_of_project'
  | 'workflow_is_own'
  | 'version_control_disabled'
  | 'not_a_member'
  | 'secret_unreadable'
  | 'method_not_allowed'
  | 'upgrade_required'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'idempotency_mismatch'
  | 'idempotency_running'
  | 'answer_not_kept'
  | 'precondition_failed'
  | 'rate_limited'
  | 'login_throttled'
  | 'model_not_found'
  | 'provider_not_found'
  | 'provider_not_configured'
  | 'unsupported_parameter'
  | 'model_unpriced'
  | 'provider_rejected'
  | 'context_too_long'
  | 'content_filtered'
  | 'model_unavailable'
  | 'api_key_rejected'
  | 'provider_quota_exhausted'
  | 'provider_rate_limited'
  | 'provider_unavailable'
  | 'circuit_open'
  | 'answer_abandoned'
  | 'no_route'
  | 'webhook_not_configured'
  | 'invalid_signature'
  | 'webhook_not_authentic'
  | 'webhook_stale'
  | 'webhook_run_failed'
  | 'address_not_allowed'
  | 'remote_unavailable'
  | 'remote_timeout'
  | 'remote_answer_too_large'
  | 'too_many_redirects'
  | 'workflow_not_runnable'
  | 'replay_required'
  | 'nothing_to_roll_back'
  | 'queue_full'
  | 'action_not_possible'
  | 'retries_used_up'
  | 'execution_open'
  | 'execution_not_suitable'
  | 'wait_closed'
  | 'not_an_approver'
  | 'database_unavailable'
  | 'service_unavailable'
  | 'misconfigured'
  | 'internal_error';

/** A fault in one field of a request. `loc` begins with where it stood: body, query, path or header. */
export type FieldError = { loc: (string | number)[]; msg: string; type: string };

export type AppErrorOptions = {
  /** Values for the placeholders of the text. */
  params?: Record<string, string | number>;
  fields?: FieldError[];
  /** Seconds after which trying again makes sense. */
  retryAfter?: number;
  /** Headers that belong to the answer by its standard, such as `Allow`. */
  headers?: Record<string, string>;
  /** What else the answer says of it, by the names of extension members (RFC 9457 §3.2). */
  extensions?: { route?: object };
  cause?: unknown;
};

/** An expected failure: its code and parameters may be shown to the client, its cause only to the log. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly options: AppErrorOptions;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(code, { cause: options.cause });
    this.code = code;
    this.options = options;
  }
}

/** A missing resource, which is also how another tenant's looks. */
export const notFound = (resource: string) => new AppError('not_found', { params: { resource } });
