/** The Worker as it runs on one machine: the deployable one, plus what only makes sense here. */
import { neonConfig } from '@neondatabase/serverless';
import { env as bindings } from 'cloudflare:workers';
import worker from '../src/index.ts';

export * from '../src/index.ts';

/**
 * The environment as the runtime gives it. Only here: LOCAL_DATABASE_PROXY, `host:port` of the Neon proxy;
 * LOCAL_OUTBOX_URL; and RATE_LIMITS, which `off` lifts for tests and benchmarks.
 */
type RawEnv = Record<string, unknown>;

const RATE_LIMITS = [
  'RATE_LIMIT_GENERAL',
  'RATE_LIMIT_CREDENTIALS',
  'RATE_LIMIT_LLM',
  'RATE_LIMIT_HOOKS',
  'RATE_LIMIT_UPLOAD',
];

const unlimited = { limit: async () => ({ success: true }) };

useDatabaseProxy(bindings as unknown as RawEnv);

/** Points the driver at the proxy, for everything in this isolate. Neon itself needs no proxy. */
function useDatabaseProxy({ DATABASE_URL, LOCAL_DATABASE_PROXY: proxy }: RawEnv): void {
  if (!proxy || new URL(String(DATABASE_URL)).hostname.endsWith('.neon.tech')) return;
  neonConfig.fetchEndpoint = `http://${proxy}/sql`;
  neonConfig.wsProxy = (host, port) => `${proxy}/v2?address=${host}:${port}`;
  neonConfig.useSecureWebSocket = false;
  // Only Neon lets a client send its password before it was asked for.
  neonConfig.pipelineConnect = false;
}

const wrapped = new WeakMap<object, RawEnv>();

/** The same object for the same environment, because the Worker remembers what it has checked by its identity. */
function wrapEnv(raw: object): RawEnv {
  const env = raw as RawEnv;
  if (env.RATE_LIMITS !== 'off') return env;
  const known = wrapped.get(env);
  if (known) return known;
  const unlimitedEnv = { ...env, ...Object.fromEntries(RATE_LIMITS.map((name) => [name, unlimited])) };
  wrapped.set(env, unlimitedEnv);
  return unlimitedEnv;
}

export default {
  fetch(request, env, ctx) {
    const { pathname, search } = new URL(request.url);
    if (pathname === '/__local/outbox') return fetch(`${(env as RawEnv).LOCAL_OUTBOX_URL}${search}`);
    return worker.fetch(request, wrapEnv(env), ctx);
  },
  queue: (batch, env, ctx) => worker.queue(batch, wrapEnv(env), ctx),
  scheduled: (controller, env, ctx) => worker.scheduled(controller, wrapEnv(env), ctx),
} satisfies ExportedHandler<object>;
