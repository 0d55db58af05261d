import { dialect, embeddings, type Provider } from '../provider.ts';

/**
 * Names that it does not know it answers with 422 ("Extra inputs are not permitted"), `stream_options` and
 * `max_completion_tokens` among them; a stream ends with its usage unasked.
 * @see https://docs.mistral.ai/api
 * @see https://docs.mistral.ai/api/endpoint/embeddings for `output_dimension`
 * @see https://github.com/mistralai/client-python, `models/chatcompletionrequest.py`
 */
export const mistral: Provider = {
  id: 'mistral',
  name: 'Mistral',
  description: 'Models of Mistral AI.',
  documentationUrl: 'https://docs.mistral.ai',
  defaultModel: 'mistral-small-latest',
  apiUrl: 'https://api.mistral.ai/v1',
  settings: (env) => ({ apiKey: env.MISTRAL_API_KEY, baseUrl: env.MISTRAL_BASE_URL }),
  embeddings: embeddings({ dimensions: { as: 'output_dimension' } }),
  dialect: dialect({
    fields: { seed: { as: 'random_seed' } },
    efforts: ['none', 'high'],
    maxTemperature: 1.5,
    usageOnRequest: false,
    prefillMark: { prefix: true },
    extras: ['safe_prompt', 'prompt_mode', 'prompt_cache_key'],
  }),
};
