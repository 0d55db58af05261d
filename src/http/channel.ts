import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Actor, Credential } from '../core/actor.ts';
import { AppError } from '../core/errors.ts';
import type { Access } from '../core/permissions.ts';
import type { ConnectOptions } from '../platform/realtime/channels.ts';
import type { Reader } from '../platform/realtime/reader.ts';
import type { AppEnv } from './app-env.ts';
import { readLastEventId } from './last-event-id.ts';
import { relayEvents } from './event-relay.ts';
import { EVENT_STREAM } from './respond.ts';

export const channelEventsResponse = {
  description:
    'The events of the channel, each with its sequence number as id. The last one is `connection_closed`, with the ' +
    'code and reason that a WebSocket would be closed with.',
  content: {
    'text/event-stream': {
      schema: z.string().openapi({ example: 'id: 42\nevent: llm_usage\ndata: {"type":"llm_usage"}\n\n' }),
    },
  },
};

export const channelSocketResponse = {
  description:
    'The protocol is switched to WebSocket; each frame is an event. It is closed with 4001 when the credentials end, ' +
    'with 4003 within ten seconds of losing the right to read, and with 1013 when it may be tried again later.',
};

/** What a client may ask of any channel. */
export const ChannelQuery = z.object({
  after: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .openapi({
      description:
        'Replay what came after this sequence number. Where the channel does not hold all of that any more, the ' +
        'confirmation says `complete: false`.',
      example: 41,
    }),
});

/** @throws {AppError} `upgrade_required` for a request that opens no WebSocket */
export function requireUpgrade(c: Context<AppEnv>): void {
  if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') {
    throw new AppError('upgrade_required', { headers: { Upgrade: 'websocket' } });
  }
}

/** Opens a channel as a WebSocket. @throws {AppError} `upgrade_required` for a plain request */
export async function channelSocket(
  c: Context<AppEnv>,
  channel: string,
  after: number | undefined,
  options?: ConnectOptions,
): Promise<Response> {
  requireUpgrade(c);
  return connect(c, channel, after ?? null, options);
}

/** Follows a channel as server-sent events; this Worker is the channel's WebSocket client. */
export async function channelEvents(
  c: Context<AppEnv>,
  channel: string,
  after: number | undefined,
  options?: ConnectOptions,
): Promise<Response> {
  const { webSocket } = await connect(c, channel, readLastEventId(c) ?? after ?? null, options);
  if (!webSocket) throw new AppError('service_unavailable', { params: { service: 'realtime' } });
  return c.body(relayEvents(webSocket), 200, EVENT_STREAM);
}

async function connect(
  c: Context<AppEnv>,
  channel: string,
  after: number | null,
  options?: ConnectOptions,
): Promise<Response> {
  const response = await c.var.ctx.channels.connect(channel, toReader(c.var.ctx.actor, c.var.access), after, options);
  if (response.status === 429) throw new AppError('rate_limited', { retryAfter: RETRY_SECONDS });
  if (response.status !== 101) throw new AppError('service_unavailable', { params: { service: 'realtime' } });
  return response;
}

/** Somebody has too many connections to one channel: those of a closed laptop end in about this time. */
const RETRY_SECONDS = 60;

/** What the channel needs to know to ask again, as long as it is open, what was asked just now. */
function toReader(actor: Actor, access: Access): Reader {
  if (actor.kind !== 'user') throw new AppError('unauthenticated');
  const { user, credential, workspace } = actor;
  // What is demanded of the account alone does not end with a workspace that the request happened to be in.
  const isOfWorkspace = access !== 'account' && access !== 'superuser';
  return {
    userId: user.id,
    credential: toReference(credential),
    access,
    workspaceId: isOfWorkspace ? (workspace?.id ?? null) : null,
    expiresAt: credential.expiresAt?.getTime() ?? null,
  };
}

function toReference(credential: Credential): Reader['credential'] {
  if (credential.kind === 'password') return { kind: 'password', digest: credential.digest };
  return { kind: credential.kind, id: credential.id };
}
