import { z } from '@hono/zod-openapi';
import { DateTime, listQuery, pageOf, pageQuery, Uuid } from '../../../http/schemas.ts';
import { Execution, ExecutionStatusName, TriggerTypeName } from '../schemas.ts';
import { EXECUTION_SORTS } from './list-queries.ts';

/** Repeated in a query where there are several. */
export const several = <S extends z.ZodType>(one: S) =>
  z.preprocess((given) => (given === undefined ? undefined : [given].flat()), z.array(one).min(1).max(100).optional());

export const ListExecutionsQuery = listQuery(50, 1000)
  .extend({
    status: several(ExecutionStatusName).openapi({
      description: 'Only those of this status; repeat it for several.',
      example: ['running'],
    }),
    workflow_ids: several(Uuid).openapi({ description: 'Only those of this workflow; repeat it for several.' }),
    trigger_type: several(TriggerTypeName).openapi({
      description: 'Only those that this had begin; repeat it for several.',
      example: ['schedule'],
    }),
    trigger_id: Uuid.optional().openapi({ description: 'Only those of this schedule, webhook or event trigger.' }),
    parent_execution_id: Uuid.optional().openapi({ description: 'Only those that come from this execution.' }),
    created_after: DateTime.optional().openapi({ description: 'Only those of then or later.' }),
    created_before: DateTime.optional().openapi({ description: 'Only those of then or earlier.' }),
    tags: several(z.string().min(1).max(50)).openapi({
      description: 'Only those with this tag; repeat it for those that have all of several.',
      example: ['nightly'],
    }),
    order_by: z.enum(EXECUTION_SORTS).default('created_at').openapi({ description: 'What the list is sorted by.' }),
    order_direction: z.enum(['asc', 'desc']).default('desc').openapi({ description: 'Up or down.' }),
  })
  .refine(({ created_after: from, created_before: to }) => !from || !to || from <= to, {
    path: ['created_before'],
    message: 'is before created_after',
  });

export type ListExecutionsQuery = z.infer<typeof ListExecutionsQuery>;

export const WorkflowExecutionsQuery = pageQuery(20, 100);

export type WorkflowExecutionsQuery = z.infer<typeof WorkflowExecutionsQuery>;

export const ExecutionPage = pageOf(Execution).openapi('ExecutionPage');

export type ExecutionPage = z.infer<typeof ExecutionPage>;

const MostUsed = z.object({
  workflow_id: Uuid,
  workflow_name: z.string().openapi({ example: 'Customer onboarding' }),
  count: z.number().int().openapi({ example: 12 }),
});

const Day = z.object({
  total: z.number().int().openapi({ example: 12 }),
  completed: z.number().int().openapi({ example: 11 }),
  failed: z.number().int().openapi({ description: 'Those that took too long included.', example: 1 }),
  cancelled: z.number().int().openapi({ example: 0 }),
});

export const ExecutionStatsQuery = z.object({
  since: DateTime.optional().openapi({ description: 'Only executions of then or later; else of the last 90 days.' }),
  workflow_id: Uuid.optional().openapi({ description: 'Only those of this workflow.' }),
});

export type ExecutionStatsQuery = z.infer<typeof ExecutionStatsQuery>;

export const ExecutionStats = z
  .object({
    total_executions: z.number().int().openapi({ example: 12 }),
    running_executions: z.number().int().openapi({ description: 'Those that have not ended.', example: 0 }),
    completed_executions: z.number().int().openapi({ example: 11 }),
    failed_executions: z.number().int().openapi({ description: 'Those that took too long included.', example: 1 }),
    cancelled_executions: z.number().int().openapi({ example: 0 }),
    average_duration_seconds: z.number().nullable().openapi({ description: 'Of completed ones.', example: 1.5 }),
    success_rate_percentage: z
      .number()
      .openapi({ description: 'Completed ones of all; 0 without any.', example: 91.7 }),
    total_nodes_executed: z.number().int().openapi({ example: 60 }),
    average_nodes_per_execution: z.number().nullable().openapi({ example: 5 }),
    total_cost_usd: z.number().openapi({ description: 'What calls to models cost; exactly in the next field.' }),
    total_cost_usd_exact: z.string().openapi({ example: '0.0125' }),
    most_used_workflows: z.array(MostUsed).openapi({ description: 'At most ten.' }),
    execution_trends: z.record(z.string(), Day).openapi({
      description: 'By day, in UTC, of the last 30 days that had any.',
      example: { '2026-01-31': { total: 12, completed: 11, failed: 1, cancelled: 0 } },
    }),
    since: DateTime.openapi({ description: 'From when on executions are counted.' }),
    is_truncated: z.boolean().openapi({
      description: 'Whether there may be more, of which the latest 100,000 are counted.',
      example: false,
    }),
  })
  .openapi('ExecutionStats');

export type ExecutionStats = z.infer<typeof ExecutionStats>;
