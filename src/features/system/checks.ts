import type { Ctx } from '../../context.ts';
import { describeError, logEvent } from '../../core/log.ts';
import { withTimeLimit } from '../../core/time.ts';
import { checkProviders } from './providers.ts';
import { describeSchema, selectOne } from './queries.ts';
import { SERVICES, type Finding, type ServiceHealth, type ServiceName } from './schemas.ts';
import { shareResult } from './shared-results.ts';

/** How long a service may take to answer, in milliseconds. */
const LIMIT_MS = 2000;
/** A little longer than the check that another request runs. */
const PATIENCE_MS = LIMIT_MS + 500;

/** How to ask each service whether it works, changing nothing. One that does not work rejects. */
const CHECKS: Record<ServiceName, (ctx: Ctx) => Promise<Finding | void>> = {
  database: (ctx) => selectOne(ctx.db),
  cache: async (ctx) => void (await ctx.cache.get('health')),
  queue: async (ctx) => ({ backlog: toBacklog(await ctx.env.JOBS.metrics()) }),
  realtime: (ctx) => ctx.channels.ping(),
  storage: async (ctx) => void (await ctx.env.STORAGE.head('health')),
  llm: (ctx) => checkProviders(ctx.env, LIMIT_MS),
};

/** Asks a service, or says how it answered a moment ago. */
export function checkService(ctx: Ctx, service: ServiceName): Promise<ServiceHealth> {
  return shareResult(ctx, service, PATIENCE_MS, () => runCheck(service, () => CHECKS[service](ctx)));
}

export function checkAllServices(ctx: Ctx): Promise<ServiceHealth[]> {
  return Promise.all(SERVICES.map((service) => checkService(ctx, service)));
}

/** The database's schema and the number of its tables, or null when it is away. */
export function findSchema(ctx: Ctx): Promise<{ schema: string; tables: number } | null> {
  const find = () => withTimeLimit(describeSchema(ctx.db), LIMIT_MS).catch(() => null);
  return shareResult(ctx, 'schema', PATIENCE_MS, find);
}

async function runCheck(service: ServiceName, check: () => Promise<Finding | void>): Promise<ServiceHealth> {
  const startedAt = Date.now();
  const health = { service, checked_at: new Date(startedAt).toISOString(), backlog: null, providers: [] };
  try {
    // A check that answers for several others has a limit for each, and needs a moment more to say so.
    const finding = await withTimeLimit(check(), PATIENCE_MS);
    return { ...health, status: 'healthy', reason: null, latency_ms: Date.now() - startedAt, ...finding };
  } catch (error) {
    logEvent('warn', 'health_check_failed', { service, error: describeError(error) });
    const reason = Date.now() - startedAt >= LIMIT_MS ? 'timeout' : 'error';
    return { ...health, status: 'unhealthy', reason, latency_ms: null };
  }
}

function toBacklog({ backlogCount, backlogBytes, oldestMessageTimestamp }: QueueMetrics): ServiceHealth['backlog'] {
  return {
    messages: backlogCount,
    bytes: backlogBytes,
    oldest_at: oldestMessageTimestamp ? new Date(oldestMessageTimestamp).toISOString() : null,
  };
}
