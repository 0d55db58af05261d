import { z } from '@hono/zod-openapi';
import { Decimal } from '../../../http/schemas.ts';
import { ChatMessage, Tools } from '../message-schemas.ts';

/** An address is cut by many on the way: a longer text comes in the body. */
const QUERY_LIMIT = 8_000;
const BODY_LIMIT = 1_000_000;

const fields = (limit: number) => ({
  text: z.string().min(1).max(limit).optional().openapi({ description: 'What to count.', example: 'Hello, world!' }),
  model: z.string().min(1).max(100).optional().openapi({ description: 'A model of the catalogue.', example: 'gpt-4o' }),
});

const provider = z.string().min(1).max(50).optional().openapi({
  description: 'A provider of the catalogue; the default one where neither it nor a model is named.',
  example: 'openai',
});

/** A chat is too long for an address. */
const bodyFields = {
  ...fields(BODY_LIMIT),
  messages: z.array(ChatMessage).min(1).max(500).optional().openapi({
    description: 'A chat to count in place of a text: as the model is shown it, with what stands between the messages.',
  }),
  tools: Tools.optional().openapi({ description: 'What the model may call in the chat, which it is shown as well.' }),
};

export const CountTokensQuery = z.strictObject({ ...fields(QUERY_LIMIT), provider });
export const CountTokensBody = z.strictObject({ ...bodyFields, provider }).openapi('CountTokensRequest');

/** The same where the path names the provider. */
export const ProviderCountTokensQuery = z.strictObject(fields(QUERY_LIMIT));
export const ProviderCountTokensBody = z.strictObject(bodyFields).openapi('ProviderCountTokensRequest');

export type CountTokensInput = z.infer<typeof CountTokensBody>;

export const TokenCount = z
  .object({
    token_count: z.number().int().openapi({ example: 4 }),
    provider: z.string().openapi({ example: 'openai' }),
    model: z.string().nullable().openapi({ example: 'gpt-4o' }),
    method: z.enum(['provider', 'counted', 'estimated']).openapi({
      description:
        "`provider`: by the provider itself, which may differ by a few from what it charges; `counted`: by the model's " +
        'own tokenizer; `estimated`: by another one, or in parts, because its own is not public, as it is not how models ' +
        'are shown pictures, tools and their calls.',
      example: 'counted',
    }),
    at_least: z.number().int().openapi({
      description: 'The count itself where it is `counted`; else the words of the texts, which no token joins.',
      example: 4,
    }),
    at_most: z
      .number()
      .int()
      .openapi({
        description:
          'The count itself where it is `counted`; else the bytes of the text, of which each token takes one. Of a chat, ' +
          'as many as budgets set aside for it.',
        example: 4,
      }),
    context_window: z.number().int().nullable().openapi({ description: 'Of the model, in tokens.', example: 128000 }),
    fits_context: z.boolean().nullable().openapi({ description: 'Null where the catalogue does not know.' }),
    cost_usd: z.number().nullable().openapi({ description: 'Of sending it, in US dollars.', example: 0.00001 }),
    cost_usd_exact: Decimal.nullable(),
  })
  .openapi('TokenCount');

export type TokenCount = z.infer<typeof TokenCount>;
