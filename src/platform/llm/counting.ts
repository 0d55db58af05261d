import { ProviderError, unavailable } from './chat.ts';
import { readJson, send } from './client.ts';
import type { Connection } from './provider.ts';
import type { Message, Tool } from './request.ts';

/** A chat whose tokens are to be counted. */
export type CountedChat = { model: string; messages: readonly Message[]; tools?: readonly Tool[] };

/** Where and how a provider counts the tokens of a chat itself, free of charge: in its own API, beside the compatible one. */
export type Counting = {
  /** From the address of the compatible endpoint. */
  baseUrl(compatible: string): string;
  path(model: string): string;
  headers(apiKey: string): Record<string, string | null>;
  body(chat: CountedChat): object;
  /** The field of the answer that has the count. */
  field: string;
};

/** Has a provider count. @throws {ProviderError} where it does not, or cannot */
export async function countAtProvider(
  connection: Connection,
  counting: Counting,
  chat: CountedChat,
  signal: AbortSignal,
): Promise<number> {
  const response = await send(
    { ...connection, baseUrl: counting.baseUrl(connection.baseUrl) },
    counting.path(chat.model),
    { signal, body: counting.body(chat), headers: counting.headers(connection.apiKey) },
  );
  const tokens = (await readJson<Record<string, unknown> | null>(response))?.[counting.field];
  if (typeof tokens === 'number' && Number.isInteger(tokens) && tokens >= 0) return tokens;
  throw new ProviderError(unavailable('the provider sent no count'));
}
