import { OPENAI_DIALECT, OPENAI_EMBEDDINGS, type Provider } from '../provider.ts';

/**
 * Models that reason take neither sampling parameters nor `stop`, and `max_completion_tokens` only, which older models
 * behind another address may not know.
 * @see https://platform.openai.com/docs/api-reference/chat/create
 * @see https://platform.openai.com/docs/guides/reasoning
 */
export const openai: Provider = {
  id: 'openai',
  name: 'OpenAI',
  description: 'GPT models of OpenAI, or of any endpoint that OPENAI_BASE_URL names.',
  documentationUrl: 'https://platform.openai.com/docs',
  defaultModel: 'gpt-4o',
  apiUrl: 'https://api.openai.com/v1',
  settings: (env) => ({
    apiKey: env.OPENAI_API_KEY,
    baseUrl: env.OPENAI_BASE_URL,
    organization: env.OPENAI_ORGANIZATION,
  }),
  embeddings: OPENAI_EMBEDDINGS,
  dialect: {
    ...OPENAI_DIALECT,
    reasoning: {
      max_tokens: { as: 'max_completion_tokens' },
      temperature: 'refused',
      top_p: 'refused',
      frequency_penalty: 'refused',
      presence_penalty: 'refused',
      stop: 'refused',
    },
    extras: ['logit_bias', 'user', 'safety_identifier', 'prompt_cache_key', 'verbosity'],
  },
};
