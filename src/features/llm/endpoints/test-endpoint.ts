import { redactSecrets } from '../../../core/masking.ts';
import { SECOND } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { ProviderError } from '../../../platform/llm/chat.ts';
import type { Send } from '../../../platform/llm/client.ts';
import { probe } from '../../../platform/llm/openai.ts';
import type { Connection } from '../../../platform/llm/providers.ts';
import { createGuardedSend } from './guarded-send.ts';
import type { EndpointTest } from './schemas.ts';
import { connectTo } from './secrets.ts';
import { requireEndpoint } from './service.ts';

/** How long an endpoint may take to answer. */
const LIMIT_MS = 10 * SECOND;

/** The longest lists of models have some hundreds of kilobytes. */
const LIST_BYTES = 4 * 1024 * 1024;

const MODELS_LIMIT = 1000;
const NAME_LIMIT = 200;

/** Refusals of the key. */
const REFUSALS = new Set([401, 402, 403]);

/**
 * Asks an endpoint for its list of models with the key that is stored.
 * @throws {AppError} `not_found` or `secret_unreadable`
 */
export async function testEndpoint(ctx: Ctx, id: string): Promise<EndpointTest> {
  const connection = await connectTo(ctx, await requireEndpoint(ctx, id));
  const startedAt = Date.now();
  const finding = await ask(connection, createGuardedSend(ctx, { responseBytes: LIST_BYTES }));
  return { ...finding, latency_ms: Date.now() - startedAt, checked_at: new Date(startedAt).toISOString() };
}

type Finding = Pick<EndpointTest, 'status' | 'http_status' | 'detail' | 'models'>;

async function ask(connection: Connection, guarded: Send): Promise<Finding> {
  try {
    const list = await probe(connection, AbortSignal.timeout(LIMIT_MS), guarded);
    return { status: 'healthy', http_status: 200, detail: null, models: readNames(list, connection.apiKey) };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const { status, message } = error.fault;
    const isRefusal = status !== null && REFUSALS.has(status);
    return {
      status: isRefusal ? 'invalid' : 'unreachable',
      http_status: status,
      // What an endpoint says may quote the key: only what is found here is passed on.
      detail: status === null ? message : null,
      models: [],
    };
  }
}

/** The names in OpenAI's form of a list, as far as it has that form. */
function readNames(list: unknown, apiKey: string): string[] {
  const entries = (list as { data?: unknown } | null)?.data;
  if (!Array.isArray(entries)) return [];
  return entries
    .slice(0, MODELS_LIMIT)
    .map((entry) => (entry as { id?: unknown } | null)?.id)
    .filter((id) => typeof id === 'string')
    .map((id) => redactSecrets(id.slice(0, NAME_LIMIT), [apiKey]).toWellFormed());
}
