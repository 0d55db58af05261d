import { AppError } from '../../core/errors.ts';
import type { Env } from '../../env.ts';

/** The coarse limits, each per minute: see the `ratelimits` of wrangler.toml. */
export const RATE_LIMITS = {
  general: { binding: 'RATE_LIMIT_GENERAL', perMinute: 100 },
  credentials: { binding: 'RATE_LIMIT_CREDENTIALS', perMinute: 5 },
  llm: { binding: 'RATE_LIMIT_LLM', perMinute: 20 },
  hooks: { binding: 'RATE_LIMIT_HOOKS', perMinute: 600 },
  upload: { binding: 'RATE_LIMIT_UPLOAD', perMinute: 10 },
} as const satisfies Record<string, { binding: keyof Env; perMinute: number }>;

export type RateLimitClass = keyof typeof RATE_LIMITS;

/** The binding counts in windows of a minute and does not say when the present one ends. */
const WINDOW_SECONDS = 60;

/**
 * Approximate and per location, to keep floods off the parts that cost: nothing that must hold exactly rests on it.
 * @throws {AppError} `rate_limited`
 */
export async function enforceRateLimit(env: Env, limit: RateLimitClass, key: string): Promise<void> {
  const { success } = await env[RATE_LIMITS[limit].binding].limit({ key });
  if (!success) throw new AppError('rate_limited', { retryAfter: WINDOW_SECONDS });
}
