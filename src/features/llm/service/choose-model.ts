import { AppError } from '../../../core/errors.ts';
import type { Env } from '../../../env.ts';
import type { CatalogModel } from '../../../platform/llm/bundled-models.ts';
import { canonicalProvider, findProvider, platformConnection, PROVIDERS } from '../../../platform/llm/providers.ts';
import type { Catalog } from '../catalog/tiers.ts';

/**
 * The model that a request means: by provider and name, by name alone, by both in one (`openai/gpt-4o`), a provider's
 * default, or the deployment's.
 * @param kind what it must answer with; any will do where absent
 * @throws {AppError} `provider_not_found`, `model_not_found`, or `unsupported_parameter` for one of another kind
 */
export function chooseModel(
  catalog: Catalog,
  env: Env,
  wanted: { provider?: string | null; model?: string | null },
  kind?: CatalogModel['kind'],
): CatalogModel {
  const model = findModel(activeModels(catalog), env, wanted);
  if (kind && model.kind !== kind) throw ofAnotherKind(model, kind);
  return model;
}

/** Those that may be asked for. */
export const activeModels = ({ models }: Catalog): CatalogModel[] =>
  models.filter((model) => model.isActive && model.status !== 'inactive');

/** Whether the deployment has a key of its own for a provider. */
export function isConfigured(env: Env, name: string): boolean {
  const provider = findProvider(name);
  return !!provider && platformConnection(provider, env) !== null;
}

function findModel(
  active: CatalogModel[],
  env: Env,
  { provider, model }: { provider?: string | null; model?: string | null },
): CatalogModel {
  if (provider) return findOfProvider(active, canonicalProvider(provider), provider, model);
  if (model) return findByName(active, env, model);
  const preferred = defaultProvider(env);
  return findOfProvider(active, preferred, preferred);
}

function findOfProvider(active: CatalogModel[], provider: string, asked: string, name?: string | null): CatalogModel {
  const offered = active.filter((model) => model.provider === provider);
  if (offered.length === 0) throw fieldError('provider_not_found', 'provider', { provider: asked });
  const wanted = name ?? findProvider(provider)?.defaultModel;
  const match =
    offered.find((model) => model.name === wanted) ?? (name ? undefined : offered.find(({ kind }) => kind === 'chat'));
  if (!match) throw fieldError('model_not_found', 'model', { provider: asked, model: name ?? '' });
  return match;
}

/**
 * Several providers may offer a model of the same name: one that can be reached goes first. Names may have a slash of
 * their own, so that one which is no name as a whole is read as that of a provider and of a model.
 */
function findByName(active: CatalogModel[], env: Env, name: string): CatalogModel {
  const offered = active.filter((model) => model.name === name);
  const match = offered.find((model) => isConfigured(env, model.provider)) ?? offered[0];
  if (match) return match;
  const [, prefix = '', rest] = /^([^/]+)\/(.+)$/.exec(name) ?? [];
  const provider = canonicalProvider(prefix);
  if (rest && active.some((model) => model.provider === provider))
    return findOfProvider(active, provider, prefix, rest);
  throw fieldError('model_not_found', 'model', { provider: '*', model: name });
}

function defaultProvider(env: Env): string {
  if (env.LLM_DEFAULT_PROVIDER) return canonicalProvider(env.LLM_DEFAULT_PROVIDER);
  return (PROVIDERS.find((provider) => platformConnection(provider, env)) ?? PROVIDERS[0])?.id ?? 'openai';
}

/** What a model of the other kind does not do. */
const ABILITIES: Record<CatalogModel['kind'], string> = { chat: 'chat', embedding: 'embeddings' };

function ofAnotherKind({ name }: CatalogModel, kind: CatalogModel['kind']): AppError {
  const parameter = ABILITIES[kind];
  const fields = [{ loc: ['body', 'model'], msg: `does not support ${parameter}`, type: 'unsupported_parameter' }];
  return new AppError('unsupported_parameter', { params: { model: name, parameter }, fields });
}

function fieldError(code: 'provider_not_found' | 'model_not_found', field: string, params: Record<string, string>) {
  return new AppError(code, { params, fields: [{ loc: ['body', field], msg: 'is not in the catalogue', type: code }] });
}
