import { env } from 'cloudflare:workers';

/** A part of the server that is not ours (remote-server.ts) which nobody else calls. */
export type Remote = {
  /** `http://127.0.0.1:port/ID/behaviour?query` */
  url(behaviour: string, query?: Record<string, string | number>): string;
  port: string;
  /** How often it was called, and how many of the calls are still open. */
  stats(): Promise<{ hits: number; open: number }>;
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
  };
}

/** The same URL at another host. */
export function atHost(url: string, host: string): string {
  return url.replace(env.REMOTE_SERVER, host);
}
