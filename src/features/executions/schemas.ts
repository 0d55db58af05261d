import { z } from '@hono/zod-openapi';
import { EXECUTION_STATUSES, NODE_STATUSES, TRIGGER_TYPES } from '../../db/schema/index.ts';
import { DateTime, Decimal, Uuid } from '../../http/schemas.ts';

export const ExecutionParams = z.object({
  execution_id: Uuid.openapi({ param: { name: 'execution_id', in: 'path' }, description: 'The execution.' }),
});

export const ExecutionWorkflowParams = z.object({
  workflow_id: Uuid.openapi({ param: { name: 'workflow_id', in: 'path' }, description: 'The workflow.' }),
});

export const ExecutionStatusName = z.enum(EXECUTION_STATUSES);

export const TriggerTypeName = z.enum(TRIGGER_TYPES).openapi({
  description:
    'What had it begin: a request (`manual`), a `schedule`, a `webhook` or an `event`; a node of another execution ' +
    '(`workflow`); or another execution from which it goes on (`resume`, `fork`) or which it repeats (`replay`).',
  example: 'manual',
});

export const NodeStatusName = z.enum(NODE_STATUSES);

/** A JSON object of a client's own; what it may hold is nobody's business here. */
export const JsonMap = z.record(z.string(), z.unknown());

export const Priority = z.number().int().min(1).max(10).openapi({
  description: '1 to 10: of those that wait, the higher one begins first.',
  example: 5,
});

const WAIT_REASONS = [
  'workspace_limit',
  'workflow_limit',
  'previous_run',
  'node_rate',
  'budget',
  'schedule',
  'pause',
  'open_circuit',
  'engine_stopped',
  'retry',
  'approval',
  'callback',
  'sub_workflow',
] as const;

export const ExecutionWaits = z
  .object({
    reason: z.enum(WAIT_REASONS).openapi({
      description:
        '`workspace_limit`, `workflow_limit`: as many run as may at once. `previous_run`: an earlier one ' +
        'of the same schedule has not ended. `node_rate`, `budget`, `open_circuit`: what ' +
        'a node calls does not take more now. `schedule`: a delay. `retry`: a node failed and is tried again. `pause`: ' +
        'it or its workspace is paused. `engine_stopped`: an administrator has stopped all executions. `approval`, ' +
        '`callback`, `sub_workflow`: a node waits for a decision, a call or another execution.',
      example: 'workspace_limit',
    }),
    until: DateTime.nullable().openapi({ description: 'When it goes on, where that is known.' }),
    position: z.number().int().nullable().openapi({ description: 'Its place in the queue, from 1.', example: 1 }),
  })
  .openapi('ExecutionWaits', { description: 'Why an execution does not go on.' });

export const ErrorDetails = JsonMap.nullable().openapi({
  description: '`code`, for programs, and the node at fault as `node_id`, among others.',
  example: null,
});

const OMITTABLE = ['input_data', 'context_data', 'variables', 'output_data', 'metadata'] as const;

export const Execution = z
  .object({
    id: Uuid,
    execution_id: Uuid.openapi({ description: 'The same as id.' }),
    workflow_id: Uuid.nullable(),
    workflow_version: z.number().int().nullable().openapi({ description: 'What of it runs.', example: 3 }),
    workspace_id: Uuid.openapi({ description: 'Where it runs.' }),
    user_id: Uuid.nullable().openapi({ description: 'Who started it; null once that account is deleted.' }),
    trigger_type: TriggerTypeName,
    trigger_id: Uuid.nullable().openapi({ description: 'The schedule, webhook or event trigger.', example: null }),
    parent_execution_id: Uuid.nullable().openapi({
      description: 'The execution that runs it as a part, or from which it goes on.',
      example: null,
    }),
    parent_node_id: z
      .string()
      .nullable()
      .openapi({ description: 'The node of the parent that runs it.', example: null }),
    root_execution_id: Uuid.nullable().openapi({ description: 'The first of its line.', example: null }),
    depth: z.number().int().openapi({ description: 'How many executions run it one inside another.', example: 0 }),
    status: ExecutionStatusName.openapi({ example: 'completed' }),
    waits: ExecutionWaits.nullable(),
    priority: Priority,
    input_data: JsonMap.nullable().openapi({ example: { customer: 'Ada' } }),
    context_data: JsonMap.nullable().openapi({ example: null }),
    variables: JsonMap.nullable().openapi({
      description: 'Values that the request gave by name. Secrets belong into your variables, not here.',
      example: null,
    }),
    granted_variables: z.array(z.string()).openapi({
      description: 'Names of the caller’s variables that somebody else’s workflow may read.',
      example: [],
    }),
    output_data: z
      .unknown()
      .openapi({ description: 'What came of it; null until it has.', example: { greeting: 'Hi' } }),
    output_url: z.string().nullable().openapi({
      description: 'Where the output is to be had, if it is not here.',
      example: null,
    }),
    omitted: z.array(z.enum(OMITTABLE)).openapi({
      description: 'What is null here because it is too long; read the execution alone, or the output’s URL.',
      example: [],
    }),
    total_nodes: z.number().int().openapi({ example: 5 }),
    completed_nodes: z.number().int().openapi({ example: 5 }),
    failed_nodes: z.number().int().openapi({ example: 0 }),
    progress_percentage: z.number().int().openapi({ example: 100 }),
    current_node: z
      .string()
      .nullable()
      .openapi({ description: 'A node that runs or waits now; of several the one that began first.' }),
    timeout_seconds: z.number().int().nullable().openapi({ description: 'It ends as `timeout` then.', example: 3600 }),
    timeout_at: DateTime.nullable(),
    auto_retry: z.boolean().openapi({ description: 'Whether it is taken up again by itself where that may help.' }),
    max_retries: z.number().int().openapi({ description: 'How often it may be taken up again.', example: 3 }),
    retry_count: z.number().int().openapi({ description: 'How often it was.', example: 0 }),
    notify_on_completion: z.boolean(),
    notify_on_failure: z.boolean(),
    tags: z.array(z.string()).openapi({ example: ['nightly'] }),
    metadata: JsonMap.nullable().openapi({ example: null }),
    estimated_duration: z.number().int().nullable().openapi({
      description: 'Seconds, from earlier executions of the workflow; null where there are none.',
      example: 2,
    }),
    actual_duration: z.number().int().nullable().openapi({ description: 'Seconds, rounded.', example: 2 }),
    duration_ms: z.number().int().nullable().openapi({ description: 'The same exactly.', example: 1830 }),
    cost_usd: z.number().openapi({ description: 'What its calls to models cost; exactly in cost_usd_exact.' }),
    cost_usd_exact: Decimal,
    execution_log: z.string().nullable().openapi({
      description: 'The last lines of its log as one text, where one execution is read that has ended; else null.',
      example: null,
    }),
    error_message: z.string().nullable().openapi({ example: null }),
    error_details: ErrorDetails,
    debug_info: JsonMap.nullable().openapi({
      description: 'What finds it in the platform’s log; only where one execution is read.',
      example: null,
    }),
    started_at: DateTime.nullable(),
    completed_at: DateTime.nullable(),
    created_at: DateTime,
    updated_at: DateTime,
  })
  .openapi('Execution', { description: 'A run of a workflow.' });

export type Execution = z.infer<typeof Execution>;

export type Omittable = (typeof OMITTABLE)[number];
