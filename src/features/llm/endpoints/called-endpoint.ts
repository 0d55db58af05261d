import { requireWorkspace } from '../../../core/actor.ts';
import { AppError } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import { local } from '../../../platform/llm/providers/local.ts';
import type { Provider } from '../../../platform/llm/providers.ts';
import type { Catalog } from '../catalog/tiers.ts';
import type { CalledModel } from '../service/called-model.ts';
import { isProviderName, NAME_PATTERN } from './names.ts';
import { findActiveEndpoint, type EndpointRow } from './queries.ts';

/** What an endpoint takes: like the operator's own server, it answers for itself. */
export const ENDPOINT_DIALECT: Pick<Provider, 'dialect' | 'embeddings'> = {
  dialect: local.dialect,
  embeddings: local.embeddings,
};

/**
 * The workspace's own endpoint that a request means; null where it means a provider, or nobody. The database is asked
 * only for names that no provider has.
 */
export async function findCalledEndpoint(
  ctx: Ctx,
  catalog: Catalog,
  provider: string | null | undefined,
): Promise<EndpointRow | null> {
  const name = provider?.toLowerCase();
  if (name === undefined || !NAME_PATTERN.test(name) || isProviderName(name, catalog)) return null;
  return (await findActiveEndpoint(ctx.db, requireWorkspace(ctx.actor).id, name)) ?? null;
}

/**
 * The model of an endpoint that a request means: the one that it names, or the first that is declared to do what is
 * wanted. What is not declared may be called too; of it nothing is known, and the endpoint judges.
 * @throws {AppError} `model_not_found` for one that does something else, `validation_failed` where none is named or declared
 */
export function modelOfEndpoint(
  { name: provider, models }: EndpointRow,
  asked: string | null | undefined,
  wanted: 'chat' | 'embedding',
): CalledModel {
  const declared = asked ? models.find(({ name }) => name === asked) : models.find(({ kind }) => kind === wanted);
  if (declared && declared.kind !== wanted) {
    throw new AppError('model_not_found', {
      params: { provider, model: declared.name },
      fields: [{ loc: ['body', 'model'], msg: `is declared for ${declared.kind}`, type: 'model_not_found' }],
    });
  }
  const name = declared?.name ?? asked;
  if (!name) {
    throw new AppError('validation_failed', {
      fields: [{ loc: ['body', 'model'], msg: 'is required: the endpoint declares no model', type: 'required' }],
    });
  }
  const can = (capability: 'tools' | 'vision' | 'reasoning', otherwise: boolean) =>
    declared ? declared.capabilities.includes(capability) : otherwise;
  return {
    id: null,
    provider,
    name,
    costPerTokenInput: declared?.costPerTokenInput ?? null,
    costPerTokenOutput: declared?.costPerTokenOutput ?? null,
    contextWindow: declared?.contextWindow ?? null,
    maxTokensSupported: declared?.maxOutputTokens ?? null,
    supportsFunctionCalling: can('tools', true),
    supportsVision: can('vision', true),
    supportsReasoning: can('reasoning', false),
    supportsStreaming: true,
    supportsAssistantPrefill: false,
  };
}
