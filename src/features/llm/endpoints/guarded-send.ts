import { DAY } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import type { FetchLimits } from '../../../platform/fetch/guarded-fetch.ts';
import type { Send } from '../../../platform/llm/client.ts';

/**
 * What an answer of an endpoint may take. How long it may be silent is for whoever reads it to say; a day is only there
 * because the guard asks for an end.
 */
const LIMITS: FetchLimits = {
  timeMs: DAY,
  responseBytes: 16 * 1024 * 1024,
  requestBytes: 4 * 1024 * 1024,
  redirects: 0,
};

/** The guarded way out, as connections to addresses that users choose are reached by. */
export function createGuardedSend({ guardedFetch }: Ctx, limits: Partial<FetchLimits> = {}): Send {
  return async (url, init) => {
    const { body, status, statusText, headers } = await guardedFetch(url, init, { ...LIMITS, ...limits });
    return new Response(body, { status, statusText, headers });
  };
}
