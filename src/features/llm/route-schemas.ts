import { z } from '@hono/zod-openapi';
import { Decimal, Uuid } from '../../http/schemas.ts';

/** What requests call a route by. */
export const RouteName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,48}$/, 'must be lower-case letters, digits and hyphens, a letter first')
  .openapi({ description: 'Unique in the workspace.', example: 'default' });

const TargetProvider = z.string().min(1).max(50).openapi({ description: 'As in the catalogue.', example: 'anthropic' });
const TargetModel = z.string().min(1).max(100).openapi({ example: 'claude-sonnet-4-5' });

/** A model to go on with. */
export const Fallback = z
  .strictObject({ provider: TargetProvider.nullish(), model: TargetModel })
  .openapi('LlmFallback');

const DeadlineMs = z.number().int().min(50).max(600_000);

export const Deadlines = z
  .strictObject({
    first_token_ms: DeadlineMs.optional().openapi({
      description: 'In which the first token must have come, in milliseconds.',
      example: 5000,
    }),
    between_tokens_ms: DeadlineMs.optional().openapi({
      description: 'In which each further token must come, in milliseconds.',
      example: 10_000,
    }),
  })
  .openapi('LlmDeadlines', {
    description: 'When a model is given up for the next one. The deployment has limits of its own for silence.',
  });

/** An answer is kept by the object that has made it. */
export const CACHE_SECONDS_LIMIT = 24 * 60 * 60;

export const CacheOptions = z
  .strictObject({
    ttl_seconds: z.number().int().min(0).max(CACHE_SECONDS_LIMIT).openapi({
      description: 'For how long the answer serves equal requests of the workspace; 0 asks anew.',
      example: 3600,
    }),
  })
  .openapi('LlmCacheOptions');

const Passed = z
  .object({
    provider: z.string().openapi({ example: 'openai' }),
    model: z.string().openapi({ example: 'gpt-4o' }),
    reason: z
      .enum([
        'not_in_catalogue',
        'provider_not_configured',
        'unsupported_parameter',
        'context_too_small',
        'circuit_open',
        'model_unpriced',
        'cannot_continue',
        'budget_exceeded',
      ])
      .openapi({ example: 'circuit_open' }),
    detail: z.string().openapi({ example: 'too many of its calls failed in the last minute' }),
  })
  .openapi('LlmPassedModel');

export const ExcludedModel = Passed;

const RouteAttempt = z
  .object({
    call_id: Uuid.openapi({ description: 'Its line in the usage log.' }),
    provider: z.string().openapi({ example: 'openai' }),
    model: z.string().openapi({ example: 'gpt-4o' }),
    status: z.enum(['success', 'error', 'cancelled', 'interrupted']).openapi({ example: 'success' }),
    reason: z
      .object({
        code: z.string().openapi({ example: 'provider_unavailable' }),
        detail: z.string().openapi({ example: 'the provider went silent' }),
      })
      .nullable()
      .openapi({ description: 'What ended it; null where it is complete.', example: null }),
    continues: z.boolean().openapi({ description: 'Whether it went on with the text of those before it.' }),
    started_ms: z.number().int().openapi({ description: 'Since the call was made.', example: 0 }),
    latency_ms: z.number().int().openapi({ example: 840 }),
    first_token_ms: z.number().int().nullable().openapi({ example: 210 }),
    prompt_tokens: z.number().int().openapi({ example: 13 }),
    completion_tokens: z.number().int().openapi({ example: 3 }),
    token_source: z.enum(['provider', 'counted', 'estimated']).openapi({ description: 'Who counted the tokens.' }),
    user_api_key: z.boolean().openapi({ description: 'Whether your own key was used; then nothing is billed.' }),
    cost_usd: Decimal.openapi({ description: 'At the prices of the catalogue.', example: '0.0000625' }),
  })
  .openapi('LlmAttempt');

export const RouteReport = z
  .object({
    name: z.string().nullable().openapi({ description: 'The route that was asked for.', example: null }),
    strategy: z.string().nullable().openapi({ example: null }),
    decision_id: Uuid.nullable().openapi({ description: 'What explains the choice, and decides it again.' }),
    attempts: z.array(RouteAttempt).openapi({ description: 'Every upstream call, in order.' }),
    passed: z.array(Passed).openapi({ description: 'Models that were not called, and why.' }),
  })
  .openapi('LlmRouteReport', { description: 'How the answer came to be.' });

export const CacheReport = z
  .object({
    key: z.string().openapi({ description: 'Of the request, within the workspace.', example: 'q83vEjRW' }),
    age_seconds: z.number().int().openapi({ description: 'Of the answer.', example: 42 }),
  })
  .openapi('LlmCacheReport');
