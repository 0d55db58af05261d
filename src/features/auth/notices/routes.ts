import { requireUser } from '../../../core/actor.ts';
import {
  channelEvents,
  channelEventsResponse,
  ChannelQuery,
  channelSocket,
  channelSocketResponse,
} from '../../../http/channel.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { createRouter } from '../../../http/router.ts';
import { channelName } from '../../../platform/realtime/channels.ts';

export const noticesRouter = createRouter();

const TAG = 'Realtime';

noticesRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/ws/user',
    operationId: 'connectUser',
    summary: 'Follow what concerns you by WebSocket',
    description:
      'Your own channel: `access_token_created`, `access_token_revoked`, `notification` for what you are told, and how ' +
      'executions that you have started begin and end. After the confirmation comes `initial_user_state` with the latest ' +
      'ten of them. Send `{"type":"request_executions"}` for `user_executions` with twenty, and `{"type":"heartbeat"}` to ' +
      'keep the connection.',
    tag: TAG,
    access: 'account',
    allowQueryToken: true,
    socket: true,
    request: { query: ChannelQuery },
    responses: { 101: channelSocketResponse },
    errors: ['upgrade_required', 'service_unavailable'],
  }),
  (c) => channelSocket(c, channelName.user(requireUser(c.var.ctx.actor).id), c.req.valid('query').after),
);

noticesRouter.openapi(
  endpoint({
    method: 'get',
    path: '/api/v1/auth/me/events',
    operationId: 'streamUserEvents',
    summary: 'Follow what concerns you by server-sent events',
    description: 'The same events as by WebSocket. `Last-Event-ID` or `after` replays.',
    tag: TAG,
    access: 'account',
    allowQueryToken: true,
    request: { query: ChannelQuery },
    responses: { 200: channelEventsResponse },
    errors: ['service_unavailable'],
  }),
  (c) => channelEvents(c, channelName.user(requireUser(c.var.ctx.actor).id), c.req.valid('query').after),
);
