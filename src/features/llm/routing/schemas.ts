import { z } from '@hono/zod-openapi';
import { STRATEGIES } from '../../../core/llm-route.ts';
import { DateTime, Decimal, listQuery, Uuid } from '../../../http/schemas.ts';
import { CACHE_SECONDS_LIMIT, Deadlines, ExcludedModel, RouteName } from '../route-schemas.ts';
import { ChatRequestBody } from '../schemas.ts';

export const ListRoutesQuery = listQuery(50, 100);

export type ListRoutesQuery = z.infer<typeof ListRoutesQuery>;

export const RouteParams = z.object({
  route_id: Uuid.openapi({ param: { name: 'route_id', in: 'path' }, description: 'The route.' }),
});

export const DecisionParams = z.object({
  decision_id: Uuid.openapi({ param: { name: 'decision_id', in: 'path' }, description: 'The decision.' }),
});

const TARGETS_LIMIT = 8;

const Strategy = z.enum(STRATEGIES).openapi({
  description:
    'fallback: in the order of the list. weighted: by chance in proportion to the weights, then the others. cheapest: ' +
    'by what the request may cost. fastest: by the time to the first token lately, failures counted in.',
  example: 'fallback',
});

const provider = z.string().min(1).max(50).openapi({ description: 'As in the catalogue.', example: 'anthropic' });
const model = z.string().min(1).max(100).openapi({ example: 'claude-sonnet-4-5' });

const RouteTarget = z
  .object({
    provider,
    model,
    weight: z.number().min(0).max(1000).default(1).openapi({
      description: 'For weighted: its share. 0 makes it a fallback only; a small one a canary.',
      example: 1,
    }),
  })
  .openapi('LlmRouteTarget');

const Targets = z
  .array(RouteTarget)
  .min(1)
  .max(TARGETS_LIMIT)
  .refine((targets) => new Set(targets.map((target) => `${target.provider}/${target.model}`)).size === targets.length, {
    error: 'must not name a model twice',
  });

const Shadow = z
  .object({
    provider,
    model,
    percent: z.number().min(0.01).max(100).openapi({ description: 'Of the requests.', example: 5 }),
  })
  .openapi('LlmShadow', {
    description:
      'A second model that a share of the requests also goes to, off the way of their callers, who neither wait nor ' +
      'pay for it: it is a cost of the workspace, under its budgets, and made with the key of the deployment or of the ' +
      'endpoint, never with one of a member.',
  });

const fields = {
  strategy: Strategy,
  targets: Targets,
  deadlines: Deadlines.default({}),
  cache_seconds: z.number().int().min(0).max(CACHE_SECONDS_LIMIT).default(0).openapi({
    description: 'For how long an answer serves equal requests of the workspace; 0 asks each time.',
    example: 0,
  }),
  shadow: Shadow.nullable().default(null),
  is_active: z.boolean().default(true).openapi({ description: 'Whether requests may name it.' }),
};

export const RouteCreate = z.object({ name: RouteName, ...fields }).openapi('LlmRouteCreate');

export type RouteCreate = z.infer<typeof RouteCreate>;

export const RouteUpdate = z
  .object({
    name: RouteName.optional(),
    strategy: Strategy.optional(),
    targets: Targets.optional(),
    deadlines: Deadlines.optional(),
    cache_seconds: fields.cache_seconds.unwrap().optional(),
    shadow: Shadow.nullable().optional(),
    is_active: z.boolean().optional(),
  })
  .openapi('LlmRouteUpdate');

export type RouteUpdate = z.infer<typeof RouteUpdate>;

export const Route = z
  .object({
    id: Uuid,
    workspace_id: Uuid,
    name: RouteName,
    strategy: Strategy,
    targets: z.array(RouteTarget),
    deadlines: Deadlines,
    cache_seconds: z.number().int(),
    shadow: Shadow.nullable(),
    is_active: z.boolean(),
    version: z.number().int().openapi({ description: 'Raised by each change; what the ETag says.', example: 1 }),
    created_at: DateTime,
    updated_at: DateTime,
  })
  .openapi('LlmRoute');

export type Route = z.infer<typeof Route>;

export const DryRun = z
  .object({
    route: RouteName.optional().openapi({ description: 'A route of the workspace; else strategy and targets.' }),
    strategy: Strategy.optional(),
    targets: Targets.optional(),
    request: ChatRequestBody.openapi({ description: 'What would be asked. It names no route.' }),
  })
  .refine(({ request: { route, provider, model, fallbacks } }) => !(route || provider || model || fallbacks), {
    path: ['request'],
    error: 'must name no route, provider, model or fallbacks',
  })
  .refine(({ route, strategy, targets }) => (route ? !strategy && !targets : strategy && targets), {
    path: ['route'],
    error: 'is required, or strategy and targets in its place',
  })
  .openapi('LlmDryRun');

export type DryRun = z.infer<typeof DryRun>;

const Choice = z
  .object({
    provider: z.string().openapi({ example: 'anthropic' }),
    model: z.string().openapi({ example: 'claude-sonnet-4-5' }),
    may_cost_usd: Decimal.nullable().openapi({
      description: 'The most that the request can cost there; null where the catalogue has no price.',
    }),
    first_token_ms: z.number().int().nullable().openapi({ description: 'On average lately; null without calls.' }),
    error_rate: z.number().nullable().openapi({ description: 'Of its calls lately, from 0 to 1.', example: 0.02 }),
    weight: z.number().openapi({ example: 1 }),
  })
  .openapi('LlmRouteChoice');

export const Decision = z
  .object({
    id: Uuid,
    route_id: Uuid.nullable().openapi({ description: 'Null for rules that were only tried.' }),
    call_id: Uuid.nullable().openapi({ description: 'Null for a dry run.' }),
    strategy: Strategy,
    draw: z.number().openapi({ description: 'The chance that weighted went by, from 0 to below 1.', example: 0.42 }),
    order: z.array(Choice).openapi({ description: 'Who is called, then who follows should that fail.' }),
    excluded: z.array(ExcludedModel).openapi({ description: 'Who cannot be called, and why.' }),
    created_at: DateTime,
  })
  .openapi('LlmRouteDecision');

export type Decision = z.infer<typeof Decision>;

export const Replay = z
  .object({
    identical: z.boolean().openapi({ description: 'Whether the same facts gave the same decision.' }),
    decision: Decision.openapi({ description: 'As it is decided now, by the facts of then.' }),
  })
  .openapi('LlmRouteReplay');

/** How far back a report may go. */
export const COMPARISON_DAYS = 90;

export const ComparisonQuery = z.object({
  days: z.coerce
    .number()
    .int()
    .min(1)
    .max(COMPARISON_DAYS)
    .default(7)
    .openapi({ description: 'How far back.', example: 7 }),
});

const Side = z
  .object({
    side: z.enum(['primary', 'shadow']),
    provider: z.string().openapi({ example: 'openai' }),
    model: z.string().openapi({ example: 'gpt-4o' }),
    calls: z.number().int(),
    failed_calls: z.number().int(),
    latency_ms: z.number().nullable().openapi({ description: 'On average.' }),
    first_token_ms: z.number().nullable().openapi({ description: 'On average.' }),
    input_tokens: z.number(),
    output_tokens: z.number(),
    cost_usd: Decimal,
  })
  .openapi('LlmComparisonSide');

export const Comparison = z
  .object({
    route_id: Uuid,
    since: DateTime,
    compared: z.number().int().openapi({ description: 'Requests that both were asked.' }),
    identical: z.number().int().openapi({ description: 'Of them, with the same text.' }),
    similarity: z
      .number()
      .nullable()
      .openapi({ description: 'Words in common, from 0 to 1 (Sørensen–Dice), on average.', example: 0.71 }),
    sides: z.array(Side).openapi({ description: 'Fallbacks of the callers’ side are counted as models of their own.' }),
  })
  .openapi('LlmComparison');

export type Comparison = z.infer<typeof Comparison>;
