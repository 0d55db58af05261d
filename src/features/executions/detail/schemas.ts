import { z } from '@hono/zod-openapi';
import { DateTime, Decimal, listQuery, NextCursor, Uuid } from '../../../http/schemas.ts';
import { ExecutionParams, ExecutionStatusName, JsonMap, NodeStatusName } from '../schemas.ts';

export const ListNodesQuery = listQuery(100, 1000);

export type ListNodesQuery = z.infer<typeof ListNodesQuery>;

export const NodeExecutionParams = ExecutionParams.extend({
  node_execution_id: Uuid.openapi({
    param: { name: 'node_execution_id', in: 'path' },
    description: 'The run of a node.',
  }),
});

const Keys = z.array(z.string());

export const NodeExecution = z
  .object({
    id: Uuid,
    execution_id: Uuid,
    workflow_execution_id: Uuid.openapi({ description: 'The same as execution_id.' }),
    node_key: z.string().openapi({ description: 'The node’s id in the definition.', example: 'fetch' }),
    node_id: z.string().openapi({ description: 'The same as node_key.', example: 'fetch' }),
    node_type: z.string().openapi({ example: 'http' }),
    node_name: z.string().nullable().openapi({ example: 'Fetch the order' }),
    execution_order: z.number().int().openapi({ description: 'The order in which nodes began, from 1.', example: 2 }),
    iteration: z.array(z.number().int()).openapi({
      description: 'In a loop the place of the item, from 0; of loops in loops all of them, outermost first.',
      example: [],
    }),
    status: NodeStatusName.openapi({ example: 'completed' }),
    port: z
      .string()
      .nullable()
      .openapi({ description: 'The port by which it went on; null where it did not.', example: 'output' }),
    input_data: z.unknown().openapi({ description: 'What came in.', example: { order: 7 } }),
    output_data: z.unknown().openapi({ description: 'What came of it.', example: { status: 200 } }),
    input_bytes: z.number().int().openapi({ example: 11 }),
    output_bytes: z.number().int().openapi({ example: 14 }),
    input_url: z.string().nullable().openapi({
      description: 'Where the input is to be had that is too long (16 KiB) to be here.',
      example: null,
    }),
    output_url: z.string().nullable().openapi({ description: 'The same of the output.', example: null }),
    config_data: JsonMap.nullable().openapi({
      description: 'As in the definition, with references in place of secrets.',
      example: { method: 'GET', url: 'https://api.example.test/orders/7' },
    }),
    timeout_seconds: z
      .number()
      .int()
      .nullable()
      .openapi({ description: 'Of an attempt, as the definition says; null for what its type says.', example: 30 }),
    timeout_at: DateTime.nullable(),
    max_retries: z.number().int().openapi({ example: 3 }),
    retry_count: z.number().int().openapi({ description: 'Attempts after the first.', example: 0 }),
    retry_delay_ms: z.number().int().openapi({ example: 1000 }),
    dependencies: Keys.openapi({ description: 'Nodes that it follows.', example: ['trigger'] }),
    dependents: Keys.openapi({ description: 'Nodes that follow it.', example: ['reply'] }),
    duration_ms: z.number().int().nullable().openapi({ example: 120 }),
    cost_usd: z.number().openapi({ description: 'What its calls to models cost; exactly in cost_usd_exact.' }),
    cost_usd_exact: Decimal,
    error_message: z.string().nullable().openapi({ example: null }),
    error_details: JsonMap.nullable().openapi({ description: '`code`, for programs, among others.', example: null }),
    execution_log: z.string().nullable().openapi({
      description: 'Null: its lines are those of the execution’s log that name it.',
      example: null,
    }),
    debug_info: JsonMap.nullable().openapi({ description: 'What its type tells of the call.', example: null }),
    metadata: JsonMap.nullable().openapi({ description: 'The same as debug_info.', example: null }),
    started_at: DateTime.nullable(),
    completed_at: DateTime.nullable(),
    created_at: DateTime,
    updated_at: DateTime,
  })
  .openapi('NodeExecution', { description: 'A run of a node in an execution.' });

export type NodeExecution = z.infer<typeof NodeExecution>;

const LogLevel = z.enum(['debug', 'info', 'warning', 'error', 'critical']);

export const ListLogsQuery = listQuery(200, 1000).extend({
  include_nodes: z
    .stringbool()
    .default(true)
    .openapi({ type: 'boolean', description: 'Whether `nodes` is filled.', example: true }),
  level: z
    .preprocess(
      (given) => (given === undefined ? undefined : [given].flat()),
      z.array(LogLevel).min(1).max(5).optional(),
    )
    .openapi({ description: 'Only lines of this level; repeat it for several.', example: ['error'] }),
  node: z.string().min(1).max(200).optional().openapi({ description: 'Only lines of this node, by its key.' }),
  search: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .openapi({ description: 'Only lines that hold this text, in any case.' }),
  start_time: DateTime.optional().openapi({ description: 'Only lines of then or later.' }),
  end_time: DateTime.optional().openapi({ description: 'Only lines of then or earlier.' }),
});

export type ListLogsQuery = z.infer<typeof ListLogsQuery>;

const LogLine = z
  .object({
    id: z.number().int().openapi({ description: 'Its place in the log, from 1.', example: 4 }),
    timestamp: DateTime,
    level: LogLevel.openapi({ example: 'info' }),
    source: z.string().openapi({ description: '`execution`, or the key of the node.', example: 'fetch' }),
    message: z.string().openapi({ example: 'The node has been completed.' }),
    node_id: z.string().nullable().openapi({ example: 'fetch' }),
    iteration: z.array(z.number().int()).openapi({ example: [] }),
    context: JsonMap.nullable().openapi({ example: null }),
  })
  .openapi('ExecutionLogLine');

export type LogLine = z.infer<typeof LogLine>;

const LoggedNode = z
  .object({
    key: z.string().openapi({ example: 'fetch' }),
    status: NodeStatusName.openapi({ example: 'completed' }),
    log: z.string().nullable().openapi({ description: 'Its lines of this page.', example: null }),
    error: z.string().nullable().openapi({ example: null }),
    debug: JsonMap.nullable().openapi({ example: null }),
    duration_ms: z.number().int().nullable().openapi({ example: 120 }),
  })
  .openapi('ExecutionLogNode');

export const ExecutionLogs = z
  .object({
    execution_id: Uuid,
    execution_status: ExecutionStatusName.openapi({ example: 'completed' }),
    total_logs: z.number().int().openapi({ description: 'Lines that fit the filters, on all pages.', example: 12 }),
    logs: z.array(LogLine).openapi({ description: 'In their order.' }),
    next_cursor: NextCursor,
    execution: z
      .object({
        id: Uuid,
        status: ExecutionStatusName.openapi({ example: 'completed' }),
        log: z.string().nullable().openapi({ description: 'The lines of this page that are of no node.' }),
        error: z.string().nullable().openapi({ example: null }),
        debug: JsonMap.nullable().openapi({ example: null }),
      })
      .openapi('ExecutionLogSummary'),
    nodes: z.array(LoggedNode).openapi({ description: 'The nodes, at most 1,000, in the order in which they began.' }),
  })
  .openapi('ExecutionLogs');

export type ExecutionLogs = z.infer<typeof ExecutionLogs>;

const METRIC_TYPES = ['execution_time', 'data_size', 'attempts', 'cost', 'count'] as const;

const MetricType = z.enum(METRIC_TYPES);

export const MetricsQuery = z.object({
  metric_types: z
    .preprocess(
      (given) => (given === undefined ? undefined : [given].flat()),
      z.array(MetricType).min(1).max(METRIC_TYPES.length).optional(),
    )
    .openapi({ description: 'Only metrics of this type; repeat it for several.', example: ['execution_time'] }),
});

export type MetricsQuery = z.infer<typeof MetricsQuery>;

export const Metric = z
  .object({
    type: MetricType.openapi({ example: 'execution_time' }),
    name: z.string().openapi({ example: 'node_duration_ms' }),
    value: z.number().openapi({ example: 120 }),
    context: JsonMap.nullable().openapi({
      description: 'Of a node its key and type, and how often it ran; null for what is of the whole execution.',
      example: { node_key: 'fetch', node_type: 'http', runs: 1 },
    }),
    measured_at: DateTime,
  })
  .openapi('ExecutionMetric');

export type Metric = z.infer<typeof Metric>;

export const ExecutionMetrics = z
  .object({
    execution_id: Uuid,
    metrics: z.array(Metric).openapi({ description: 'Of the whole execution first; of a node in a loop the sums.' }),
    total_metrics: z.number().int().openapi({ description: 'Without the filter.', example: 9 }),
    filtered_count: z.number().int().nullable().openapi({ description: 'With it; null where there is none.' }),
  })
  .openapi('ExecutionMetrics');

export type ExecutionMetrics = z.infer<typeof ExecutionMetrics>;

export const ExecutionValue = z
  .unknown()
  .openapi('ExecutionValue', { description: 'Any JSON.', example: { greeting: 'Hello Ada' } });
