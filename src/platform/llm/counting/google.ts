import type { CountedChat, Counting } from '../counting.ts';
import type { Message } from '../request.ts';
import { argumentsOf, partsOf, splitInstructions, type Picture } from './parts.ts';

/** @see https://ai.google.dev/api/tokens */
export const googleCounting: Counting = {
  baseUrl: (compatible) => compatible.replace(/\/openai\/?$/, ''),
  path: (model) => `/models/${model}:countTokens`,
  headers: (apiKey) => ({ 'x-goog-api-key': apiKey, authorization: null }),
  body: toBody,
  field: 'totalTokens',
};

function toBody({ model, messages, tools }: CountedChat): object {
  const { instructions, said } = splitInstructions(messages);
  return {
    generateContentRequest: {
      model: `models/${model}`,
      ...(instructions && { systemInstruction: { parts: [{ text: instructions }] } }),
      contents: said.map((message) => toContent(message, said)),
      ...(tools && { tools: [{ functionDeclarations: tools.map((tool) => tool.function) }] }),
    },
  };
}

function toContent(message: Message, said: readonly Message[]): object {
  if (message.role === 'tool') {
    const name = nameOfCall(message.tool_call_id, said);
    const result = partsOf(message.content).filter((part) => typeof part === 'string');
    return { role: 'user', parts: [{ functionResponse: { name, response: { result: result.join('\n') } } }] };
  }
  const calls = message.role === 'assistant' ? (message.tool_calls ?? []) : [];
  const called = calls.map(({ function: { name, arguments: args } }) => ({
    functionCall: { name, args: argumentsOf(args) },
  }));
  const role = message.role === 'assistant' ? 'model' : 'user';
  return { role, parts: [...partsOf(message.content).map(toPart), ...called] };
}

/** An answer names the function that was called, where elsewhere it has the id of the call. */
const nameOfCall = (id: string, said: readonly Message[]): string =>
  said
    .flatMap((message) => (message.role === 'assistant' ? (message.tool_calls ?? []) : []))
    .find((call) => call.id === id)?.function.name ?? id;

function toPart(part: string | Picture): object {
  if (typeof part === 'string') return { text: part };
  if ('url' in part) return { fileData: { fileUri: part.url } };
  return { inlineData: { mimeType: part.mediaType, data: part.data } };
}
