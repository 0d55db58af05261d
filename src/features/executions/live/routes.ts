import {
  channelEvents,
  channelEventsResponse,
  ChannelQuery,
  channelSocket,
  channelSocketResponse,
  requireUpgrade,
} from '../../../http/channel.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { json } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { followExecution, followPlatform, getConnectionStatus, getExecutionConnections } from './connections.ts';
import { ExecutionParams } from '../schemas.ts';
import { ConnectionStatus, ExecutionConnections } from './schemas.ts';

export const liveRouter = createRouter();

const TAG = 'Executions';

const EVENTS =
  'First `subscription_confirmed`, then the last ten events, or all after `after`, then `initial_state`. How the execution ' +
  'ended is always told, also to whoever comes after it; a retry begins again. Events of an execution that nobody followed ' +
  'are made from its record.';

/** Fields of `data`, as `CHANNEL_EVENTS` has them. */
const DATA = [
  'An event is `{type, event_type, event_id, seq, timestamp, execution_id, node_id, user_id, data}`; `type` and `event_type` ' +
    'are the same, and `data` has:',
  '- `execution_started`: `workflow_id`, `started_at`',
  '- `execution_progress`: `status`, `progress` (per cent), `current_node`, `completed_nodes`, `total_nodes`',
  '- `execution_completed`: `completed_at`, `result`, `result_omitted` (true for one above 8 KiB, which is fetched)',
  '- `execution_failed`, also for one that took too long: `failed_at`, `error`, `error_code`, `status`, `node_id`',
  '- `execution_cancelled`: `cancelled_at`, `reason`',
  '- `node_started`: `node_type`, `started_at`, `attempt`, `iteration`',
  '- `node_completed`: `completed_at`, `execution_time_ms`, `result`, `result_omitted`, `iteration`',
  '- `node_failed`: `failed_at`, `error`, `error_code`, `iteration`',
  '- `node_skipped`: `node_type`, `iteration`',
  '- `log_message`: `level`, `message`, `timestamp`',
].join('\n');

liveRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/executions/{execution_id}/events',
    operationId: 'streamExecutionEvents',
    summary: 'Follow an execution by server-sent events',
    description: `${EVENTS} \`Last-Event-ID\` or \`after\` replays.\n\n${DATA}`,
    tag: TAG,
    access: 'executions:read',
    workspaceOf: 'execution',
    allowQueryToken: true,
    request: { params: ExecutionParams, query: ChannelQuery },
    responses: { 200: channelEventsResponse },
    errors: ['service_unavailable'],
  }),
  async (c) => {
    const { channel, options } = await followExecution(c.var.ctx, c.req.valid('param').execution_id);
    return channelEvents(c, channel, c.req.valid('query').after, options);
  },
);

liveRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/ws/execution/{execution_id}',
    operationId: 'connectExecution',
    summary: 'Follow an execution by WebSocket',
    description:
      `${EVENTS} Send \`{"type":"request_status"}\` for a \`status_update\`, and \`{"type":"heartbeat"}\` to keep the ` +
      `connection.\n\n${DATA}`,
    tag: TAG,
    access: 'executions:read',
    workspaceOf: 'execution',
    allowQueryToken: true,
    socket: true,
    request: { params: ExecutionParams, query: ChannelQuery },
    responses: { 101: channelSocketResponse },
    errors: ['upgrade_required', 'service_unavailable'],
  }),
  async (c) => {
    requireUpgrade(c);
    const { channel, options } = await followExecution(c.var.ctx, c.req.valid('param').execution_id);
    return channelSocket(c, channel, c.req.valid('query').after, options);
  },
);

liveRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/ws/global',
    operationId: 'connectPlatform',
    summary: 'Follow the whole platform by WebSocket',
    description:
      'Counts alone, as `initial_global_state` and every few seconds as `system_stats`: executions under way exactly, all ' +
      'others by a sample where there are more than 100,000. Send `{"type":"request_stats"}` to have them at once.',
    tag: TAG,
    access: 'superuser',
    allowQueryToken: true,
    socket: true,
    request: { query: ChannelQuery },
    responses: { 101: channelSocketResponse },
    errors: ['upgrade_required', 'service_unavailable'],
  }),
  async (c) => {
    requireUpgrade(c);
    const { channel, options } = await followPlatform(c.var.ctx);
    return channelSocket(c, channel, c.req.valid('query').after, options);
  },
);

liveRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/ws/status',
    operationId: 'getConnectionStatus',
    summary: 'See who is connected',
    tag: TAG,
    access: 'superuser',
    responses: { 200: json('Connections of the whole platform.', ConnectionStatus) },
    errors: ['service_unavailable'],
  }),
  async (c) => c.json(await getConnectionStatus(c.var.ctx), 200),
);

liveRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/ws/stats/execution/{execution_id}',
    operationId: 'getExecutionConnections',
    summary: 'See how an execution is followed',
    tag: TAG,
    access: 'executions:read',
    workspaceOf: 'execution',
    request: { params: ExecutionParams },
    responses: { 200: json('Its connections and events.', ExecutionConnections) },
    errors: ['service_unavailable'],
  }),
  async (c) => c.json(await getExecutionConnections(c.var.ctx, c.req.valid('param').execution_id), 200),
);
