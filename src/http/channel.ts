import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { requireUser } from '../core/actor.ts';
import { AppError } from '../core/errors.ts';
import { SECOND } from '../core/time.ts';
import type { Envelope } from '../platform/realtime/events.ts';
import type { AppEnv } from './app-env.ts';

export const channelEventsResponse = {
  description: 'The events of the channel, each with its sequence number as id.',
  content: {
    'text/event-stream': {
      schema: z.string().openapi({ example: 'id: 42\nevent: llm_usage\ndata: {"type":"llm_usage"}\n\n' }),
    },
  },
};

export const channelSocketResponse = { description: 'The protocol is switched to WebSocket; each frame is an event.' };

/** Proxies and browsers give up on a stream that stays silent for a minute. */
const KEEP_ALIVE_MS = 15 * SECOND;

/** Chunks that may wait for a slow reader; past that it is cut off, and replays when it comes back. */
const BACKLOG_LIMIT = 1000;

/** Opens a channel as a WebSocket. @throws {AppError} `upgrade_required` for a plain request */
export async function channelSocket(c: Context<AppEnv>, channel: string, after: number | undefined): Promise<Response> {
  if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') {
    throw new AppError('upgrade_required', { headers: { Upgrade: 'websocket' } });
  }
  return connect(c, channel, after ?? null);
}

/** Follows a channel as server-sent events; this Worker is the channel's WebSocket client. */
export async function channelEvents(c: Context<AppEnv>, channel: string, after: number | undefined): Promise<Response> {
  const lastEventId = Number(c.req.header('last-event-id') ?? NaN);
  const { webSocket } = await connect(c, channel, Number.isSafeInteger(lastEventId) ? lastEventId : (after ?? null));
  if (!webSocket) throw new AppError('service_unavailable', { params: { service: 'realtime' } });
  webSocket.accept();
  return c.body(toEventStream(webSocket), 200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
}

async function connect(c: Context<AppEnv>, channel: string, after: number | null): Promise<Response> {
  const reader = {
    userId: requireUser(c.var.ctx.actor).id,
    expiresAt: c.var.credentialsExpireAt?.getTime() ?? null,
  };
  const response = await c.var.ctx.channels.connect(channel, reader, after);
  if (response.status !== 101) throw new AppError('service_unavailable', { params: { service: 'realtime' } });
  return response;
}

function toEventStream(socket: WebSocket): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let keepAlive: ReturnType<typeof setInterval>;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const end = () => {
        clearInterval(keepAlive);
        try {
          controller.close();
        } catch {
          // The reader has left already.
        }
      };
      const send = (text: string) => {
        if ((controller.desiredSize ?? 0) < -BACKLOG_LIMIT) return socket.close(1013, 'too slow');
        controller.enqueue(encoder.encode(text));
      };
      keepAlive = setInterval(() => send(': keep-alive\n\n'), KEEP_ALIVE_MS);
      socket.addEventListener('message', ({ data }) => send(toServerSentEvent(String(data))));
      socket.addEventListener('close', end);
      socket.addEventListener('error', end);
    },
    cancel() {
      clearInterval(keepAlive);
      socket.close(1000, 'reader left');
    },
  });
}

function toServerSentEvent(message: string): string {
  const { seq, type } = JSON.parse(message) as Partial<Envelope>;
  return `${seq === undefined ? '' : `id: ${seq}\n`}event: ${type}\ndata: ${message}\n\n`;
}
