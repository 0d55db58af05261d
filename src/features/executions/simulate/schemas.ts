import { z } from '@hono/zod-openapi';
import { DateTime, Decimal, Uuid } from '../../../http/schemas.ts';
import { DefinitionCheck, DefinitionValidation, STAGES } from '../../workflows/index.ts';
import { JsonMap } from '../schemas.ts';
import { Granted, Version } from '../start/schemas.ts';

export const SimulationRequest = z
  .object({
    inputs: JsonMap.nullish().openapi({
      description:
        'What its trigger would give out. With it, what follows from that alone is computed: which way conditions go, ' +
        'how many items loops have, what prompts say. Where it is left out, all that is told by how often it was so.',
      example: { customer: 'Ada' },
    }),
    variables: JsonMap.nullish().openapi({ description: 'Values by name that it would be given.', example: null }),
    grant_variables: Granted.nullish(),
    version: Version,
    stage: z.enum(STAGES).nullish().openapi({
      description: 'As of an execution: what is `published` where neither is said, or the `draft`.',
      example: 'draft',
    }),
    definition: DefinitionCheck.shape.definition.nullish().openapi({
      description: 'What it might do, not saved yet, in place of any version.',
      example: null,
    }),
  })
  .openapi('WorkflowSimulationRequest');

export type SimulationRequest = z.infer<typeof SimulationRequest>;

const bounds = {
  low: z.number().openapi({ example: 0.8 }),
  expected: z.number().openapi({ description: 'The mean.', example: 1.2 }),
  high: z.number().openapi({ example: 2.5 }),
};

const Bounds = z.object(bounds);

const Range = z
  .object({
    ...bounds,
    confidence: z
      .number()
      .nullable()
      .openapi({
        description:
          'The share of earlier executions that such a range, made of the others, would have held; null where it was not ' +
          'made of whole executions.',
        example: 0.97,
      }),
    samples: z.number().int().openapi({ description: 'How many executions, or runs of nodes, say so.', example: 30 }),
    basis: z.enum(['history', 'similar_version', 'estimate']).openapi({
      description:
        '`history`: executions of the same nodes and connections. `similar_version`: what their nodes took, put together ' +
        'along the graph. `estimate`: for at least one that matters, prices, limits and what is usual.',
      example: 'history',
    }),
  })
  .openapi('SimulatedRange', { description: 'In which 95 of 100 executions are expected to be, by what is known.' });

const REMARK_KINDS = [
  'variable',
  'grant',
  'provider_key',
  'model',
  'route',
  'permission',
  'call',
  'failure',
  'deprecated',
  'unpriced',
  'undecided',
] as const;

const Remark = z
  .object({
    kind: z.enum(REMARK_KINDS).openapi({
      description:
        'Missing: `variable`, `grant`, `provider_key`, `model`, `route`, `permission`, `call`. Worth knowing: ' +
        '`failure`, `deprecated`, `unpriced`, `undecided`.',
      example: 'variable',
    }),
    node_id: z.string().nullable().openapi({ example: 'fetch' }),
    name: z.string().nullable().openapi({ description: 'Of what is missing.', example: 'API_KEY' }),
    message: z.string().openapi({ example: 'the variable API_KEY has no value' }),
  })
  .openapi('SimulationRemark');

export type Remark = z.infer<typeof Remark>;

const BUDGET_VERDICTS = ['within', 'at_risk', 'exceeds'] as const;

const BudgetVerdict = z
  .object({
    verdict: z.enum([...BUDGET_VERDICTS, 'not_counted']).openapi({
      description:
        '`exceeds`: what is expected, or what one call sets aside, is more than is left. `at_risk`: only the most is. ' +
        '`not_counted`: no budget counts it.',
      example: 'within',
    }),
    reserved_usd: z.number().openapi({ description: 'The most that one of its calls sets aside.', example: 0.02 }),
    budgets: z.array(
      z.object({
        budget_id: Uuid,
        scope: z.enum(['workspace', 'user', 'access_token']),
        period: z.string().openapi({ example: 'month' }),
        amount_usd: Decimal,
        remaining_usd: Decimal,
        verdict: z.enum(BUDGET_VERDICTS),
      }),
    ),
  })
  .openapi('SimulatedBudgets');

export type BudgetVerdict = z.infer<typeof BudgetVerdict>;

const used = z.number().int().nullable().openapi({ description: 'Null where nobody counts.', example: 12 });
const limit = z.number().int().nullable().openapi({ description: 'Null for any number.', example: 1000 });

const StartVerdict = z
  .object({
    refusal: z.enum(['limit_reached', 'queue_full']).nullable().openapi({
      description: 'The error that it would be refused with now.',
      example: null,
    }),
    executions_of_month: z.object({ used, limit }).openapi({ description: 'Of the plan of the workspace’s owner.' }),
    open_executions: z.object({ used, limit }),
    waits: z.enum(['engine_stopped', 'pause', 'workflow_limit', 'workspace_limit']).nullable().openapi({
      description: 'Why it would not begin at once.',
      example: null,
    }),
    expected_start_at: DateTime.nullable().openapi({ description: 'Null where nobody can tell.' }),
  })
  .openapi('SimulatedStart');

export type StartVerdict = z.infer<typeof StartVerdict>;

export const SimulatedNode = z
  .object({
    node_id: z.string().openapi({ example: 'answer' }),
    node_type: z.string().openapi({ example: 'llm' }),
    node_name: z.string().nullable().openapi({ example: 'Answer' }),
    probability: z.number().openapi({ description: 'The share of executions in which it runs.', example: 0.7 }),
    expected_runs: z.number().openapi({ description: 'On average; in a loop one for each item.', example: 3.5 }),
    duration_ms: Bounds.openapi({ description: 'Of all its runs in one execution that runs it.' }),
    cost_usd: Bounds.openapi({ description: 'The same.' }),
    basis: z.enum(['exact', 'history', 'similar_nodes', 'estimate']).openapi({
      description:
        '`exact`: it says so itself. `history`: it was so, configured as it is. `similar_nodes`: those of its kind in ' +
        'the workspace. `estimate`: what is usual, and its limits.',
      example: 'history',
    }),
    samples: z.number().int().openapi({ example: 30 }),
    on_critical_path: z.boolean(),
  })
  .openapi('SimulatedNode');

export const Simulation = z
  .object({
    workflow_id: Uuid,
    version: z.number().int().nullable().openapi({ description: 'Null for a definition that is not saved.' }),
    is_runnable: z.boolean().openapi({
      description: 'Whether it would be started and nothing is missing; budgets and limits are judged apart.',
    }),
    errors: DefinitionValidation.shape.errors,
    warnings: DefinitionValidation.shape.warnings,
    is_truncated: DefinitionValidation.shape.is_truncated,
    missing: z.array(Remark).openapi({ description: 'Without which a node would fail.' }),
    remarks: z.array(Remark).openapi({ description: 'What is worth knowing before it runs.' }),
    duration_ms: Range.nullable().openapi({ description: 'From its beginning; null where it cannot run.' }),
    cost_usd: Range.nullable(),
    nodes: z.array(SimulatedNode),
    critical_path: z.array(z.string()).openapi({
      description: 'What most executions take as long as they do by, from the beginning to the end.',
      example: ['start', 'fetch', 'answer'],
    }),
    critical_path_probability: z.number().openapi({ example: 0.8 }),
    budget: BudgetVerdict.nullable(),
    start: StartVerdict,
  })
  .openapi('WorkflowSimulation');

export type Simulation = z.infer<typeof Simulation>;
