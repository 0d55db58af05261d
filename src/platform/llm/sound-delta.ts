import { z } from 'zod';
import { ProviderError, unavailable, type ChatDelta } from './chat.ts';

/** No reason is longer, and PostgreSQL keeps none with NUL in it. */
const Reason = z.string().regex(/^[\w .:-]{0,100}$/);

const Count = z.number().int();

/** Some servers write null for what a piece does not say. */
const Part = z.string().nullish();

const SoundDelta = z.object({
  content: z.string().optional(),
  reasoning: z.string().optional(),
  toolCalls: z
    .array(
      z.object({
        index: Count,
        id: Part,
        type: Part,
        name: Part,
        arguments: Part,
      }),
    )
    .optional(),
  functionCall: z.object({ name: Part, arguments: Part }).optional(),
  finishReason: Reason.optional(),
  usage: z.object({ promptTokens: Count, completionTokens: Count, reasoningTokens: Count.optional() }).optional(),
});

/** A row of a Durable Object takes two megabytes, and not all of it is text. */
const PIECE_BYTES = 1024 * 1024;

/**
 * Lets a piece of an answer through if it can be kept. An endpoint that a user chose may send anything, and what
 * cannot be written down could never be settled.
 * @throws {ProviderError}
 */
export function requireSound(delta: ChatDelta): ChatDelta {
  if (!SoundDelta.safeParse(delta).success) {
    throw new ProviderError(unavailable('the endpoint sent something that is no answer'));
  }
  if (Buffer.byteLength(JSON.stringify(delta)) > PIECE_BYTES) {
    throw new ProviderError(unavailable(`a piece of the answer is larger than ${PIECE_BYTES} bytes`));
  }
  return delta;
}
