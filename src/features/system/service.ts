import type { Ctx } from '../../context.ts';
import { notFound } from '../../core/errors.ts';
import { API_VERSION } from '../../core/version.ts';
import { checkAllServices, checkService, findSchema } from './checks.ts';
import { configuredProviders } from './providers.ts';
import {
  SERVICES,
  type ApiHealth,
  type DetailedHealth,
  type Health,
  type ServiceHealth,
  type ServiceName,
} from './schemas.ts';

/** Nothing works without the database; without anything else most does. */
const overall = (database: ServiceHealth) => (database.status === 'healthy' ? 'healthy' : 'unhealthy');

const epochSeconds = () => Date.now() / 1000;

/** Whether the API can serve, in the words that older clients read. */
export async function describeHealth(ctx: Ctx): Promise<Health> {
  const services = await checkAllServices(ctx);
  const byName = Object.fromEntries(services.map((health) => [health.service, health])) as ByName;
  const { database, realtime } = byName;
  return {
    status: overall(database),
    timestamp: epochSeconds(),
    checked_at: services.map((health) => health.checked_at).toSorted()[0]!,
    version: API_VERSION,
    environment: ctx.env.ENVIRONMENT,
    database: { status: overall(database), latency_ms: database.latency_ms },
    services: { api: 'healthy', ...statusesOf(byName), websockets: realtime.status },
    system: { uptime: null, memory_usage: null, cpu_usage: null },
  };
}

type ByName = Record<ServiceName, ServiceHealth>;

const statusesOf = (byName: ByName) =>
  Object.fromEntries(SERVICES.map((name) => [name, byName[name].status])) as Record<
    ServiceName,
    ServiceHealth['status']
  >;

export async function describeDetailedHealth(ctx: Ctx): Promise<DetailedHealth> {
  const [services, schema] = await Promise.all([checkAllServices(ctx), findSchema(ctx)]);
  const working = services.every(({ status }) => status === 'healthy' || status === 'unconfigured');
  const llmProviders = configuredProviders(ctx.env);
  return {
    status: working ? 'healthy' : 'degraded',
    environment: ctx.env.ENVIRONMENT,
    version: API_VERSION,
    database: { connected: schema !== null, schema: schema?.schema ?? null, tables: schema?.tables ?? null },
    llm_providers: llmProviders,
    features: { llm: Object.values(llmProviders).includes(true), mail: Boolean(ctx.env.MAIL_API_KEY) },
    services,
    timestamp: epochSeconds(),
  };
}

const ALIASES = new Map<string, ServiceName>([
  ['websocket', 'realtime'],
  ['websockets', 'realtime'],
]);

/** @throws {AppError} `not_found` for a name that is no service's. */
export async function describeServiceHealth(ctx: Ctx, name: string): Promise<ServiceHealth> {
  const service = SERVICES.find((known) => known === name) ?? ALIASES.get(name);
  if (!service) throw notFound('service');
  return checkService(ctx, service);
}

/** Where each section of version 1 begins. */
const SECTIONS = {
  authentication: '/api/v1/auth',
  workspaces: '/api/v1/workspaces',
  llm: '/api/v1/llm',
  usage: '/api/v1/usage-log',
};

export async function describeApiHealth(ctx: Ctx): Promise<ApiHealth> {
  const status = overall(await checkService(ctx, 'database'));
  return { status, version: API_VERSION, message: `SynapScale API v1 is ${status}`, endpoints: SECTIONS };
}
