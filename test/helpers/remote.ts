import { env } from 'cloudflare:workers';
import type { Received } from './remote-server.ts';

/** A part of the server that is not ours (remote-server.ts) which nobody else calls. */
export type Remote = {
  /** `http://127.0.0.1:port/ID/behaviour?query` */
  url(behaviour: string, query?: Record<string, string | number>): string;
  port: string;
  /** How often it was called, how many of the calls are still open, and how many were at most. */
  stats(): Promise<{ hits: number; open: number; most: number }>;
  /** What `hook` was sent. */
  received(): Promise<Received[]>;
};

export function openRemote(): Remote {
  const id = crypto.randomUUID();
  const url: Remote['url'] = (behaviour, query = {}) => {
    const address = new URL(`http://${env.REMOTE_SERVER}/${id}/${behaviour}`);
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, String(value));
    return address.href;
  };
  return {
    url,
    port: env.REMOTE_SERVER.split(':')[1]!,
    stats: async () => (await fetch(`http://${env.REMOTE_SERVER}/${id}`)).json(),
    received: async () => (await fetch(`http://${env.REMOTE_SERVER}/${id}/received`)).json(),
  };
}

/** The same URL at the private host that the Worker under test may call. */
export const atAllowedHost = (url: string): string => atHost(url, env.OUTGOING_ALLOW_PRIVATE.split(',')[0]!);

/** The same URL at another host. */
export function atHost(url: string, host: string): string {
  return url.replace(env.REMOTE_SERVER, host);
}
