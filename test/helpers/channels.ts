import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { Channel } from '../../src/index.ts';

export const channelStub = (name: string) => (env.CHANNEL as DurableObjectNamespace<Channel>).getByName(name);

/** Runs the channel's next alarm now, which verifies its readers; whether there was one. */
export const runAlarm = (name: string): Promise<boolean> => runDurableObjectAlarm(channelStub(name));
