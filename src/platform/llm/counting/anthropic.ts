import type { CountedChat, Counting } from '../counting.ts';
import type { Message, Tool } from '../request.ts';
import { argumentsOf, partsOf, splitInstructions, type Picture } from './parts.ts';

/** @see https://platform.claude.com/docs/en/build-with-claude/token-counting */
export const anthropicCounting: Counting = {
  baseUrl: (compatible) => compatible,
  path: () => '/messages/count_tokens',
  headers: (apiKey) => ({ 'x-api-key': apiKey, 'anthropic-version': '2023-06-01', authorization: null }),
  body: toBody,
  field: 'input_tokens',
};

function toBody({ model, messages, tools }: CountedChat): object {
  const { instructions, said } = splitInstructions(messages);
  return {
    model,
    ...(instructions && { system: instructions }),
    messages: said.map(toMessage),
    ...(tools && { tools: tools.map(toTool) }),
  };
}

function toMessage(message: Message): object {
  if (message.role === 'tool') {
    const content = partsOf(message.content).map(toBlock);
    return { role: 'user', content: [{ type: 'tool_result', tool_use_id: message.tool_call_id, content }] };
  }
  const calls = message.role === 'assistant' ? (message.tool_calls ?? []) : [];
  const used = calls.map(({ id, function: { name, arguments: args } }) => ({
    type: 'tool_use',
    id,
    name,
    input: argumentsOf(args),
  }));
  return { role: message.role, content: [...partsOf(message.content).map(toBlock), ...used] };
}

function toBlock(part: string | Picture): object {
  if (typeof part === 'string') return { type: 'text', text: part };
  if ('url' in part) return { type: 'image', source: { type: 'url', url: part.url } };
  return { type: 'image', source: { type: 'base64', media_type: part.mediaType, data: part.data } };
}

const toTool = ({ function: { name, description, parameters } }: Tool) => ({
  name,
  description,
  input_schema: parameters ?? { type: 'object' },
});
