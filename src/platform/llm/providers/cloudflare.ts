import { dialect, embeddings, type Provider } from '../provider.ts';

/**
 * Workers AI. Its address names the account, so that only the deployment's own key is of use there. JSON mode has a
 * form of its own and is left out.
 * @see https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility
 * @see https://github.com/cloudflare/cloudflare-docs, `src/content/workers-ai-models`
 */
export const cloudflare: Provider = {
  id: 'cloudflare',
  aliases: ['workers-ai'],
  name: 'Cloudflare',
  description: 'Open models on Workers AI, in the account of this deployment.',
  documentationUrl: 'https://developers.cloudflare.com/workers-ai',
  defaultModel: '@cf/meta/llama-3.3-70b-instruct-fp8-fast',
  apiUrl: null,
  settings: (env) => ({ apiKey: env.WORKERS_AI_API_KEY, baseUrl: env.WORKERS_AI_BASE_URL }),
  embeddings: embeddings(),
  dialect: dialect({
    fields: {
      top_k: 'taken',
      stop: 'refused',
      tool_choice: 'refused',
      parallel_tool_calls: 'refused',
      'tools.strict': 'refused',
      'response_format.json_object': 'refused',
      'response_format.json_schema': 'refused',
      'image_url.https': 'refused',
      'image_url.detail': 'refused',
    },
    efforts: ['low', 'medium', 'high'],
    maxTopK: 50,
    textParts: false,
    extras: ['repetition_penalty'],
  }),
};
