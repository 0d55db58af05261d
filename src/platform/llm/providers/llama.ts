import { dialect, embeddings, type Provider } from '../provider.ts';

/**
 * Llama models at Together.
 * @see https://docs.together.ai/reference/chat-completions-1
 * @see https://github.com/togethercomputer/together-typescript, `resources/chat/completions.ts`
 */
export const llama: Provider = {
  id: 'llama',
  aliases: ['together'],
  name: 'Llama',
  description: 'Open models of Meta, at Together AI.',
  documentationUrl: 'https://docs.together.ai',
  defaultModel: 'meta-llama/Llama-3.3-70B-Instruct-Turbo',
  apiUrl: 'https://api.together.xyz/v1',
  settings: (env) => ({ apiKey: env.TOGETHER_API_KEY, baseUrl: env.TOGETHER_BASE_URL }),
  embeddings: embeddings(),
  dialect: dialect({
    fields: {
      top_k: 'taken',
      parallel_tool_calls: 'refused',
      'tools.strict': 'refused',
      'messages.name': 'taken',
      'image_url.detail': 'refused',
    },
    efforts: ['low', 'medium', 'high'],
    extras: ['min_p', 'repetition_penalty', 'logit_bias'],
  }),
};
