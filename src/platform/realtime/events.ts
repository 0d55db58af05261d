import { z } from 'zod';

/** What came out; null where an event cannot hold it, so that it has to be fetched. */
const Result = { result: z.unknown(), result_omitted: z.boolean() };

/** In loops the places of the items, outermost first. */
const Place = { iteration: z.array(z.number()) };

/** What went wrong, in words, and as a code for programs. */
const Fault = { failed_at: z.string(), error: z.string(), error_code: z.string() };

const AccessTokenNotice = z.object({ token_id: z.string(), name: z.string(), workspace_id: z.string() });

/** What may be announced on a channel, by type. */
export const CHANNEL_EVENTS = {
  access_token_created: AccessTokenNotice,
  access_token_revoked: AccessTokenNotice,
  activity: z.object({
    activity_id: z.string(),
    action: z.string(),
    resource_type: z.string(),
    resource_id: z.string(),
    project_id: z.string().nullable(),
    user_id: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
  }),
  notification: z.object({
    notification_id: z.string(),
    kind: z.string(),
    /** Whether the reader wants it shown on the desktop. */
    desktop: z.boolean(),
    workspace_id: z.string(),
    project_id: z.string().nullable(),
    activity_id: z.string(),
    action: z.string(),
    resource_type: z.string(),
    resource_id: z.string().nullable(),
  }),
  llm_usage: z.object({
    usage_log_id: z.string(),
    call_id: z.string(),
    user_id: z.string(),
    provider: z.string(),
    model: z.string(),
    input_tokens: z.number(),
    output_tokens: z.number(),
    cost_usd: z.string(),
    status: z.string(),
  }),
  execution_started: z.object({ workflow_id: z.string().nullable(), started_at: z.string() }),
  execution_progress: z.object({
    status: z.string(),
    /** In per cent. */
    progress: z.number(),
    current_node: z.string().nullable(),
    completed_nodes: z.number(),
    total_nodes: z.number(),
  }),
  execution_completed: z.object({ completed_at: z.string(), ...Result }),
  /** With the node at fault, if it is one. */
  execution_failed: z.object({ ...Fault, status: z.string(), node_id: z.string().nullable() }),
  execution_cancelled: z.object({ cancelled_at: z.string(), reason: z.string().nullable() }),
  node_started: z.object({ node_type: z.string(), started_at: z.string(), attempt: z.number(), ...Place }),
  node_completed: z.object({
    completed_at: z.string(),
    execution_time_ms: z.number().nullable(),
    ...Result,
    ...Place,
  }),
  node_failed: z.object({ ...Fault, ...Place }),
  node_skipped: z.object({ node_type: z.string(), ...Place }),
  log_message: z.object({ level: z.string(), message: z.string(), timestamp: z.string() }),
  workspace_stats: z.object({
    workspace_id: z.string(),
    member_count: z.number(),
    project_count: z.number(),
    active_projects: z.number(),
    activity_count: z.number(),
    recent_activity_count: z.number(),
    storage_used_mb: z.number(),
    storage_limit_mb: z.number().nullable(),
    storage_usage_percent: z.number().nullable(),
    created_at: z.string(),
    last_activity: z.string().nullable(),
    usage_this_month: z.object({
      calls: z.number(),
      failed_calls: z.number(),
      input_tokens: z.number(),
      output_tokens: z.number(),
      total_tokens: z.number(),
      cost_usd: z.number(),
      cost_usd_exact: z.string(),
    }),
    executions_this_month: z.object({ total: z.number(), by_status: z.record(z.string(), z.number()) }),
  }),
} as const;

export type ChannelEventType = keyof typeof CHANNEL_EVENTS;

/** What an event is about, for clients that look for it beside `data`. */
export type Subject = { execution_id: string; node_id: string | null; user_id: string | null };

/** An event to publish. The same `eventId` twice is announced once. */
export type ChannelEvent<T extends ChannelEventType = ChannelEventType> = {
  type: T;
  eventId: string;
  /** When it happened, in milliseconds, where that is not the moment of its publication. */
  happenedAt?: number;
  subject?: Subject;
  data: z.infer<(typeof CHANNEL_EVENTS)[T]>;
};

/** What readers get. `type` and `event_type` say the same, since clients of both kinds exist. */
export type Envelope = Partial<Subject> & {
  type: string;
  event_type: string;
  event_id: string;
  seq: number;
  timestamp: string;
  data: unknown;
};
