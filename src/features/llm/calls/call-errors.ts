import type { ErrorCode } from '../../../core/errors.ts';
import { CALL_ERROR_CODES } from '../service/faults.ts';

/** What may be answered in place of a model's answer, in whichever form it is asked. */
export const CALL_ERRORS: readonly ErrorCode[] = [
  'model_not_found',
  'provider_not_configured',
  'unsupported_parameter',
  'secret_unreadable',
  'no_route',
  'model_unpriced',
  'budget_exceeded',
  'service_unavailable',
  ...CALL_ERROR_CODES,
];
