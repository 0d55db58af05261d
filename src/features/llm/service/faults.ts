import { AppError } from '../../../core/errors.ts';
import type { ProviderFault } from '../../../platform/llm/chat.ts';
import type { Frame } from '../frames.ts';

/** Whatever a provider says, clients are not sent away for longer than this, in seconds. */
const RETRY_AFTER_LIMIT = 3600;

/** The fault, if the first thing that a stream has to say is that it failed. */
export function readFault(chunk: Uint8Array): ProviderFault | null {
  const event = new TextDecoder().decode(chunk);
  if (!event.startsWith('id: 1\nevent: error\n')) return null;
  const data = /^data: (.*)$/m.exec(event)?.[1] ?? '{}';
  const frame = JSON.parse(data) as Extract<Frame, { type: 'error' }>;
  const kind = frame.code === 'provider_rejected' ? 'rejected' : 'unavailable';
  return { kind, message: frame.detail, status: null, retryAfter: frame.retry_after };
}

export function toAppError(fault: ProviderFault, provider: string): AppError {
  if (fault.kind === 'rejected') {
    return new AppError('provider_rejected', { params: { provider, reason: fault.message } });
  }
  return new AppError('provider_unavailable', {
    params: { provider },
    retryAfter: fault.retryAfter === null ? undefined : Math.min(fault.retryAfter, RETRY_AFTER_LIMIT),
    cause: new Error(fault.message),
  });
}
