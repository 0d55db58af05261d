import { describeError, logEvent } from '../../../core/log.ts';
import { SECOND } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { countAtProvider, type CountedChat } from '../../../platform/llm/counting.ts';
import { findProvider, ownKeyConnection, platformConnection, type Provider } from '../../../platform/llm/providers.ts';
import { loadApiKey } from '../../user-variables/index.ts';
import type { PlannedTarget } from '../service/plan-call.ts';

/** A count is for before the call: it must not take as long as one. */
const LIMIT_MS = 5 * SECOND;

/**
 * The provider's own count of a chat, with the key that the chat would be sent with; null where it counts none, nobody
 * has a key, or it does not answer.
 */
export async function askProvider(
  ctx: Ctx,
  { model, endpoint }: PlannedTarget,
  chat: Omit<CountedChat, 'model'>,
): Promise<number | null> {
  const provider = endpoint ? undefined : findProvider(model.provider);
  if (!provider?.counting) return null;
  try {
    const connection = await connect(ctx, provider);
    if (!connection) return null;
    const signal = AbortSignal.timeout(LIMIT_MS);
    return await countAtProvider(connection, provider.counting, { ...chat, model: model.name }, signal);
  } catch (error) {
    logEvent('warn', 'provider_did_not_count', { provider: provider.id, error: describeError(error) });
    return null;
  }
}

async function connect(ctx: Ctx, provider: Provider) {
  const ownKey = await loadApiKey(ctx, provider.id);
  return ownKey === null ? platformConnection(provider, ctx.env) : ownKeyConnection(provider, ctx.env, ownKey);
}
