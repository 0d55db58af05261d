import { z } from '@hono/zod-openapi';
import { requireWorkspace } from '../../core/actor.ts';
import {
  channelEvents,
  channelEventsResponse,
  ChannelQuery,
  channelSocket,
  channelSocketResponse,
} from '../../http/channel.ts';
import { endpoint } from '../../http/endpoint.ts';
import { json, jsonList, nextCursorHeader } from '../../http/respond.ts';
import { createRouter } from '../../http/router.ts';
import { WorkspaceParams } from '../../http/schemas.ts';
import { channelName } from '../../platform/realtime/channels.ts';
import { ListWorkspacesQuery, Workspace, WorkspaceStats } from './schemas.ts';
import { getWorkspaceStats, listWorkspaces } from './service.ts';

export const workspacesRouter = createRouter();

const TAG = 'Workspaces';

workspacesRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/workspaces',
    operationId: 'listWorkspaces',
    summary: 'List your workspaces',
    description:
      'Those that you own or are a member of, newest first; with a personal access token, the one it is for.',
    tag: TAG,
    access: 'identity',
    request: { query: ListWorkspacesQuery },
    responses: { 200: jsonList('Workspaces.', z.array(Workspace)) },
  }),
  async (c) => {
    const { items, nextCursor } = await listWorkspaces(c.var.ctx, c.req.valid('query'));
    return c.json(items, 200, nextCursorHeader(nextCursor));
  },
);

workspacesRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/workspaces/{workspace_id}/stats',
    operationId: 'getWorkspaceStats',
    summary: 'Count what a workspace has and uses',
    tag: TAG,
    access: 'workspace:read',
    request: { params: WorkspaceParams },
    responses: { 200: json('Figures as of now.', WorkspaceStats) },
  }),
  async (c) => c.json(await getWorkspaceStats(c.var.ctx), 200),
);

workspacesRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/workspaces/{workspace_id}/events',
    operationId: 'streamWorkspaceEvents',
    summary: 'Follow a workspace by server-sent events',
    description: 'Every call to a model is announced here as `llm_usage`. `Last-Event-ID` or `after` replays.',
    tag: TAG,
    access: 'workspace:read',
    allowQueryToken: true,
    request: { params: WorkspaceParams, query: ChannelQuery },
    responses: { 200: channelEventsResponse },
    errors: ['service_unavailable'],
  }),
  (c) => channelEvents(c, channelName.workspace(requireWorkspace(c.var.ctx.actor).id), c.req.valid('query').after),
);

workspacesRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/ws/workspace/{workspace_id}',
    operationId: 'connectWorkspace',
    summary: 'Follow a workspace by WebSocket',
    description: 'The same events as by server-sent events. Send `{"type":"heartbeat"}` to keep the connection.',
    tag: TAG,
    access: 'workspace:read',
    allowQueryToken: true,
    socket: true,
    request: { params: WorkspaceParams, query: ChannelQuery },
    responses: { 101: channelSocketResponse },
    errors: ['upgrade_required', 'service_unavailable'],
  }),
  (c) => channelSocket(c, channelName.workspace(requireWorkspace(c.var.ctx.actor).id), c.req.valid('query').after),
);
