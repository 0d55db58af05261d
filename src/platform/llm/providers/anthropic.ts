import { anthropicCounting } from '../counting/anthropic.ts';
import { dialect, type Provider } from '../provider.ts';

/**
 * The compatible endpoint ignores what it does not know, among it `response_format`, `seed`, the penalties, `strict`
 * and `reasoning_effort`; in place of the last it takes the native `thinking`, but does not show the thoughts.
 * @see https://platform.claude.com/docs/en/api/openai-sdk
 */
export const anthropic: Provider = {
  id: 'anthropic',
  aliases: ['claude'],
  name: 'Anthropic',
  description: 'Claude models.',
  documentationUrl: 'https://docs.anthropic.com',
  defaultModel: 'claude-sonnet-4-5',
  apiUrl: 'https://api.anthropic.com/v1',
  // Its own API, beside the compatible one, which lists no models.
  listHeaders: (apiKey) => ({ 'x-api-key': apiKey, 'anthropic-version': '2023-06-01', authorization: null }),
  settings: (env) => ({ apiKey: env.ANTHROPIC_API_KEY, baseUrl: env.ANTHROPIC_BASE_URL }),
  counting: anthropicCounting,
  dialect: dialect({
    fields: {
      seed: 'refused',
      frequency_penalty: 'refused',
      presence_penalty: 'refused',
      'tools.strict': 'refused',
      'response_format.json_object': { by: 'answer_tool' },
      'response_format.json_schema': { by: 'answer_tool' },
      reasoning_effort: { by: 'thinking_budget' },
      'image_url.detail': 'refused',
    },
    maxTemperature: 1,
    blankStops: false,
    developerRole: true,
  }),
};
