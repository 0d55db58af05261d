import { z } from '@hono/zod-openapi';

/** What an answer says that was made for an equal request. */
export const CacheHeaders = {
  'X-LLM-Cache': z.literal('hit').optional().openapi({ description: 'It was made for an equal request.' }),
  'X-LLM-Cache-Key': z.string().optional().openapi({ description: 'Then the key of the request in the cache.' }),
  Age: z.string().regex(/^\d+$/).optional().openapi({ description: 'Then its age, in seconds (RFC 9111 §5.1).' }),
};

export const cacheHeaders = (cached: { key: string; age_seconds: number } | null): Record<string, string> =>
  cached ? { 'X-LLM-Cache': 'hit', 'X-LLM-Cache-Key': cached.key, Age: String(cached.age_seconds) } : {};
