import { createRouter } from '../../http/router.ts';
import { apiKeysRouter } from './api-keys/routes.ts';
import { variablesRouter } from './routes.ts';

export { redactSecrets } from '../../core/masking.ts';
export { resealVariables } from './jobs.ts';
export { listOwnKeyProviders, loadApiKey, loadVariables, openApiKey, selectApiKey } from './load.ts';
export type { Owner } from './owner.ts';
export { findReferences, resolveVariables, type ResolvedText } from './references.ts';

export const userVariablesRouter = createRouter();

// Keys first: `api-keys` is not the id of a variable.
for (const router of [apiKeysRouter, variablesRouter]) userVariablesRouter.route('/', router);
