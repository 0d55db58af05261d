import { googleCounting } from '../counting/google.ts';
import { dialect, embeddings, type Provider } from '../provider.ts';

/**
 * Names that it does not know it answers with 400 ("Cannot find field"); images come inside the request.
 * @see https://ai.google.dev/gemini-api/docs/openai, for embeddings too
 * @see https://github.com/n4ze3m/page-assist/issues/418 for the penalties
 * @see https://github.com/Vali-98/ChatterUI/issues/227 for `seed`
 * @see https://github.com/jackmpcollins/magentic/pull/382 for `parallel_tool_calls`
 */
export const google: Provider = {
  id: 'google',
  aliases: ['gemini'],
  name: 'Google',
  description: 'Gemini models.',
  documentationUrl: 'https://ai.google.dev/docs',
  defaultModel: 'gemini-2.5-flash',
  apiUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
  settings: (env) => ({ apiKey: env.GOOGLE_API_KEY, baseUrl: env.GOOGLE_BASE_URL }),
  embeddings: embeddings({ dimensions: 'taken' }),
  counting: googleCounting,
  dialect: dialect({
    fields: {
      seed: 'refused',
      frequency_penalty: 'refused',
      presence_penalty: 'refused',
      parallel_tool_calls: 'refused',
      'tools.strict': 'refused',
      'image_url.https': 'refused',
      'image_url.detail': 'refused',
    },
    efforts: ['none', 'minimal', 'low', 'medium', 'high'],
  }),
};
