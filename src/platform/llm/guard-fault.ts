import { AppError } from '../../core/errors.ts';
import { unavailable, type ProviderFault } from './chat.ts';

/** What the guard has against an address or an answer, as a fault of whoever is called; null for any other error. */
export function toGuardFault(error: unknown): ProviderFault | null {
  if (!(error instanceof AppError)) return null;
  switch (error.code) {
    case 'address_not_allowed': {
      const why = error.options.fields?.[0]?.msg ?? 'it leads to no address that is public';
      return { ...unavailable(`the address is not allowed: ${why}`), kind: 'rejected' };
    }
    case 'payload_too_large':
      return { ...unavailable('the request is too large to be sent'), kind: 'rejected' };
    case 'remote_answer_too_large':
      return unavailable('the answer is too large');
    default:
      return unavailable('the endpoint could not be reached');
  }
}
