import { AppError } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import { ownerOf } from '../owner.ts';
import { findVariablesByKeys } from '../queries.ts';
import { createVariable, updateVariable } from '../service.ts';
import type { ApiKeyUpsert } from './schemas.ts';
import { requireProvider } from './service.ts';
import { apiKeyVariable } from './variable-names.ts';

const CATEGORY = 'api_keys';

/** How often somebody may come in between before it is given up. */
const ATTEMPTS = 3;

/**
 * Stores the key of a provider, or replaces the one that is there. Returns the canonical name of the provider.
 * Two steps, because a value is sealed for its row: whoever adds or removes the row in between makes it begin anew.
 * @throws {AppError} `provider_not_found` or `limit_reached`
 */
export async function saveApiKey(ctx: Ctx, name: string, input: ApiKeyUpsert): Promise<string> {
  const { id } = requireProvider(name);
  const key = apiKeyVariable(id);
  const changes = {
    value: input.value,
    description: input.description,
    is_active: input.is_active,
    category: CATEGORY,
  };
  for (let attempt = 1; ; attempt++) {
    const [existing] = await findVariablesByKeys(ctx.db, ownerOf(ctx.actor), [key]);
    try {
      if (existing) await updateVariable(ctx, existing.id, changes);
      else await createVariable(ctx, { key, ...changes });
      return id;
    } catch (error) {
      const cameBetween = error instanceof AppError && ['already_exists', 'not_found'].includes(error.code);
      if (!cameBetween || attempt >= ATTEMPTS) throw error;
    }
  }
}
