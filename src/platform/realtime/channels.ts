import { describeError, logEvent } from '../../core/log.ts';
import type { ChannelObject, ChannelState } from './channel.do.ts';
import type { ChannelEvent, Subject } from './events.ts';
import type { Connections, Presence } from './presence.ts';
import { SUBSCRIPTION_HEADER, type Reader, type Subscription } from './reader.ts';

/** The names of channels: one place, so that writers and readers meet. */
export const channelName = {
  workspace: (workspaceId: string) => `workspace:${workspaceId}`,
  user: (userId: string) => `user:${userId}`,
  execution: (executionId: string) => `execution:${executionId}`,
  /** What administrators of the platform watch. */
  global: () => 'global',
};

/** What a name says: what kind of channel it is, and whose. */
export function readChannelName(name: string): { kind: string; id: string } {
  const [kind = '', id = ''] = name.split(':');
  return { kind, id };
}

/** Which channel's object keeps who is connected where. */
const PRESENCE = 'presence';

export type ConnectOptions = {
  /** How many of the last events somebody gets who names no sequence number. */
  recent?: number;
  /** What the confirmation is about, and what it says besides. */
  subject?: Subject;
  facts?: Record<string, unknown>;
};

export type Channels = {
  /** Announces events; whether that was done. Nobody's work fails because an announcement did. */
  publish(channel: string, ...events: ChannelEvent[]): Promise<boolean>;
  /** How many follow a channel; none where that cannot be found out, for all that is done with it is to announce. */
  countReaders(channel: string): Promise<number>;
  /** Whether an event was announced, as far back as a channel remembers. */
  has(channel: string, eventId: string): Promise<boolean>;
  /** What a channel holds, and how many follow it. */
  describe(channel: string): Promise<ChannelState>;
  /** Opens a socket to a channel; `after` asks for a replay from that sequence number. */
  connect(channel: string, reader: Reader, after: number | null, options?: ConnectOptions): Promise<Response>;
  /** Notes who is connected to a channel, by user. */
  notePresence(channel: string, connections: Connections): Promise<void>;
  /** Who is connected anywhere, as channels have noted in the last minutes. */
  countPresence(): Promise<Presence>;
  ping(): Promise<void>;
};

/** How long to wait before each further attempt. An object that was moved or updated is back in that time. */
const RETRY_DELAYS_MS = [50, 250];

export function createChannels(namespace: DurableObjectNamespace): Channels {
  const stub = (name: string) => (namespace as DurableObjectNamespace<ChannelObject>).getByName(name);
  return {
    async publish(channel, ...events) {
      try {
        // Sent twice it is announced once, by its id.
        const { refused } = await retry(() => stub(channel).publish(events));
        if (refused.length > 0) logEvent('error', 'events_too_large', { channel, types: typesOf(events, refused) });
        return true;
      } catch (error) {
        logEvent('warn', 'publish_failed', { channel, error: describeError(error) });
        return false;
      }
    },
    async countReaders(channel) {
      try {
        return await retry(() => stub(channel).countReaders());
      } catch (error) {
        logEvent('warn', 'readers_not_counted', { channel, error: describeError(error) });
        return 0;
      }
    },
    has(channel, eventId) {
      return retry(() => stub(channel).has(eventId));
    },
    describe(channel) {
      return retry(() => stub(channel).describe());
    },
    connect(channel, reader, after, { recent = 0, subject, facts = {} } = {}) {
      const subscription: Subscription = { reader, after, recent, subject, facts };
      const headers = { Upgrade: 'websocket', [SUBSCRIPTION_HEADER]: JSON.stringify(subscription) };
      return retry(() => stub(channel).fetch('https://channel/', { headers }));
    },
    async notePresence(channel, connections) {
      await retry(() => stub(PRESENCE).notePresence(channel, connections));
    },
    countPresence() {
      return retry(() => stub(PRESENCE).countPresence());
    },
    async ping() {
      await stub('health').ping();
    },
  };
}

const typesOf = (events: ChannelEvent[], ids: string[]) =>
  events.filter(({ eventId }) => ids.includes(eventId)).map(({ type }) => type);

/**
 * Tries again, each time with a new stub, where the runtime says that it makes sense: never with an object that is
 * overloaded, which that would make worse (developers.cloudflare.com/durable-objects/best-practices/error-handling).
 */
async function retry<T>(attempt: () => Promise<T>): Promise<T> {
  for (const delay of RETRY_DELAYS_MS) {
    try {
      return await attempt();
    } catch (error) {
      const { retryable, overloaded } = error as { retryable?: boolean; overloaded?: boolean };
      if (!retryable || overloaded) throw error;
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
  return attempt();
}
