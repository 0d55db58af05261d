import { describeError, logEvent } from '../../core/log.ts';
import type { Channel, Reader } from './channel.do.ts';
import type { ChannelEvent } from './events.ts';

/** The names of channels: one place, so that writers and readers meet. */
export const channelName = {
  workspace: (workspaceId: string) => `workspace:${workspaceId}`,
};

export type Channels = {
  /** Announces events. Nobody's work fails because an announcement did. */
  publish(channel: string, ...events: ChannelEvent[]): Promise<void>;
  /** Opens a socket to a channel; `after` asks for a replay from that sequence number. */
  connect(channel: string, reader: Reader, after: number | null): Promise<Response>;
  ping(): Promise<void>;
};

export function createChannels(namespace: DurableObjectNamespace): Channels {
  const stub = (name: string) => (namespace as DurableObjectNamespace<Channel>).getByName(name);
  return {
    async publish(channel, ...events) {
      try {
        await stub(channel).publish(events);
      } catch (error) {
        logEvent('warn', 'publish_failed', { channel, error: describeError(error) });
      }
    },
    connect(channel, reader, after) {
      const url = new URL('https://channel/');
      url.searchParams.set('reader', JSON.stringify(reader));
      if (after !== null) url.searchParams.set('after', String(after));
      return stub(channel).fetch(url, { headers: { Upgrade: 'websocket' } });
    },
    async ping() {
      await stub('health').ping();
    },
  };
}
