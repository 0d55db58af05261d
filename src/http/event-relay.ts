import { SECOND } from '../core/time.ts';
import type { Envelope } from '../platform/realtime/events.ts';

/** Proxies and browsers give up on a stream that stays silent for a minute. */
const KEEP_ALIVE_MS = 15 * SECOND;

/**
 * Bytes that may wait for a slow reader, which is more than a whole replay; past that the stream ends, and the reader
 * gets what it missed when it comes back.
 */
const BACKLOG_BYTES = 2 * 1024 * 1024;

const TOO_SLOW = { code: 1013, reason: 'too slow' };

/** The frames of a channel's socket as server-sent events, the last of which says how it was closed. */
export function relayEvents(socket: WebSocket): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let keepAlive: ReturnType<typeof setInterval>;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const end = ({ code, reason }: { code: number; reason: string }) => {
          clearInterval(keepAlive);
          try {
            controller.enqueue(encoder.encode(toClosingEvent(code, reason)));
            controller.close();
          } catch {
            // The stream has ended already, or its reader has left.
          }
        };
        const send = (text: string) => {
          if ((controller.desiredSize ?? 0) > 0) return controller.enqueue(encoder.encode(text));
          end(TOO_SLOW);
          socket.close(TOO_SLOW.code, TOO_SLOW.reason);
        };
        keepAlive = setInterval(() => send(': keep-alive\n\n'), KEEP_ALIVE_MS);
        socket.addEventListener('message', ({ data }) => send(toServerSentEvent(String(data))));
        socket.addEventListener('close', end);
        socket.addEventListener('error', () => end({ code: 1011, reason: 'connection lost' }));
        socket.accept();
      },
      cancel() {
        clearInterval(keepAlive);
        socket.close(1000, 'reader left');
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: BACKLOG_BYTES }),
  );
}

function toServerSentEvent(message: string): string {
  const envelope = JSON.parse(message) as Partial<Envelope>;
  const position = positionAfter(envelope);
  return `${position === null ? '' : `id: ${position}\n`}event: ${envelope.type}\ndata: ${message}\n\n`;
}

/**
 * Up to where a reader has everything once it has this event, which is what its browser asks to go on from. The
 * confirmation comes before what is replayed, and so must not stand for it.
 */
function positionAfter({ type, seq, data }: Partial<Envelope>): number | null {
  if (seq === undefined) return null;
  const replayedFrom =
    type === 'subscription_confirmed' ? (data as { replayed_from: number | null }).replayed_from : null;
  return Math.min(replayedFrom ?? seq, seq);
}

/** Without an id: it is no event of the channel's. */
function toClosingEvent(code: number, reason: string): string {
  const type = 'connection_closed';
  const data = { type, event_type: type, timestamp: new Date().toISOString(), data: { code, reason } };
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
