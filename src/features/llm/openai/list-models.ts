import type { Ctx } from '../../../context.ts';
import type { CatalogModel } from '../../../platform/llm/bundled-models.ts';
import { loadCatalog } from '../catalog/tiers.ts';
import { activeModels, chooseModel } from '../service/choose-model.ts';
import { toSeconds } from './completion-id.ts';
import type { OpenaiModel } from './schemas.ts';

/** The active models, each under an id that requests may name: its name, or the provider's before it. */
export async function listModels(ctx: Ctx): Promise<OpenaiModel[]> {
  const catalog = await loadCatalog(ctx);
  return activeModels(catalog).map((model) => {
    const meant = chooseModel(catalog, ctx.env, { model: model.name });
    return toOpenaiModel(model, meant.id === model.id ? model.name : `${model.provider}/${model.name}`);
  });
}

/** @throws {AppError} `model_not_found` */
export async function getModel(ctx: Ctx, name: string): Promise<OpenaiModel> {
  return toOpenaiModel(chooseModel(await loadCatalog(ctx), ctx.env, { model: name }), name);
}

const toOpenaiModel = (model: CatalogModel, id: string): OpenaiModel => ({
  id,
  object: 'model',
  created: toSeconds(Date.parse(model.createdAt)),
  owned_by: model.provider,
});
