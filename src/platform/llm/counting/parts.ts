import { ProviderError, unavailable } from '../chat.ts';
import type { ContentPart, Message } from '../request.ts';

/** A picture as it was given: itself, or where it is. */
export type Picture = { mediaType: string; data: string } | { url: string };

/** The texts and pictures of a content, in their order. */
export function partsOf(content: string | ContentPart[] | null | undefined): (string | Picture)[] {
  if (!content) return [];
  if (typeof content === 'string') return [content];
  return content.map((part) => (part.type === 'text' ? part.text : toPicture(part.image_url.url)));
}

function toPicture(url: string): Picture {
  const [, mediaType, data] = /^data:([^;]+);base64,(.*)$/s.exec(url) ?? [];
  return mediaType && data !== undefined ? { mediaType, data } : { url };
}

/** The arguments of a call. @throws {ProviderError} where they are no JSON: the parser's error would quote them */
export function argumentsOf(text: string): unknown {
  try {
    return JSON.parse(text || '{}');
  } catch {
    throw new ProviderError(unavailable('the arguments of a call are no JSON'));
  }
}

const isInstruction = ({ role }: Message) => role === 'system' || role === 'developer';

/** What says how to answer, as one text, apart from what is said: where the two have different places. */
export function splitInstructions(messages: readonly Message[]): { instructions: string; said: Message[] } {
  const texts = messages.filter(isInstruction).flatMap(({ content }) => partsOf(content));
  return {
    instructions: texts.filter((text) => typeof text === 'string').join('\n'),
    said: messages.filter((message) => !isInstruction(message)),
  };
}
