import { findProvider, PROVIDERS, type Provider } from '../../../platform/llm/providers.ts';

/** The variable that holds a provider's key, by the canonical name of the provider: `OPENAI_API_KEY`. */
export const apiKeyVariable = (provider: string): string => `${provider.toUpperCase()}_API_KEY`;

/** Every variable that holds a provider's key. */
export const API_KEY_VARIABLES: readonly string[] = PROVIDERS.map(({ id }) => apiKeyVariable(id));

/** The provider whose key a variable holds. */
export function providerOfVariable(variable: string): Provider | undefined {
  return findProvider(variable.replace(/_API_KEY$/, ''));
}
