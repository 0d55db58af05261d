import { AppError, notFound } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import { ProviderError } from '../../../platform/llm/chat.ts';
import { probe } from '../../../platform/llm/openai.ts';
import { probeConnection, type Connection } from '../../../platform/llm/providers.ts';
import { loadApiKey } from '../load.ts';
import type { ApiKeyTest } from './schemas.ts';
import { requireProvider } from './service.ts';

/** How long a provider may take to answer, in milliseconds. */
const LIMIT_MS = 10_000;

/** Refusals of the key. The list of models takes nothing else, so that a malformed request is a malformed key too. */
const REFUSALS = new Set([400, 401, 402, 403]);

/**
 * Asks the provider for its list of models with the stored key, which costs nothing there.
 * @throws {AppError} `provider_not_found`, `not_found` without an active key, or `provider_not_configured` for a server
 * that this deployment does not have
 */
export async function testApiKey(ctx: Ctx, name: string): Promise<ApiKeyTest> {
  const provider = requireProvider(name);
  const apiKey = await loadApiKey(ctx, provider.id);
  if (apiKey === null) throw notFound('API key');
  const connection = probeConnection(provider, ctx.env, apiKey);
  if (!connection) throw new AppError('provider_not_configured', { params: { provider: provider.id } });
  const startedAt = Date.now();
  const finding = await ask(connection);
  return {
    provider: provider.id,
    ...finding,
    latency_ms: Date.now() - startedAt,
    checked_at: new Date(startedAt).toISOString(),
  };
}

async function ask(connection: Connection): Promise<Pick<ApiKeyTest, 'status' | 'http_status'>> {
  try {
    await probe(connection, AbortSignal.timeout(LIMIT_MS));
    return { status: 'healthy', http_status: 200 };
  } catch (error) {
    // What the provider says may quote the key: only its status is passed on.
    const status = error instanceof ProviderError ? error.fault.status : null;
    return { status: status !== null && REFUSALS.has(status) ? 'invalid' : 'unreachable', http_status: status };
  }
}
