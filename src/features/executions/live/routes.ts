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
  'First `subscription_confirmed`, then the last ten events, or all after `after`, then `initial_state`. The events are ' +
  '`execution_started`, `execution_progress`, `execution_completed`, `execution_failed`, `execution_cancelled`, ' +
  '`node_started`, `node_completed`, `node_failed`, `node_skipped` and `log_message`; their name stands in `type` and in ' +
  '`event_type`. How the execution ended is always told, also to whoever comes after it; a retry begins again. Events of ' +
  'an execution that nobody followed are made from its record.';

liveRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/executions/{execution_id}/events',
    operationId: 'streamExecutionEvents',
    summary: 'Follow an execution by server-sent events',
    description: `${EVENTS} \`Last-Event-ID\` or \`after\` replays.`,
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
    description: `${EVENTS} Send \`{"type":"request_status"}\` for a \`status_update\`, and \`{"type":"heartbeat"}\` to keep the connection.`,
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
