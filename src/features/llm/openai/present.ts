import type { WholeAnswer } from '../service/read-answer.ts';
import { detailsOf } from './chunks.ts';
import { completionId, toSeconds } from './completion-id.ts';
import type { EmbeddingList, OpenaiCompletion } from './schemas.ts';

export function presentCompletion({ response, startedAt }: WholeAnswer): OpenaiCompletion {
  const { content, reasoning_content: thoughts, tool_calls: calls, function_call: call, metadata } = response;
  const { reasoning_tokens: reasoning, ...tokens } = response.usage;
  return {
    id: completionId(metadata.call_id),
    object: 'chat.completion',
    created: toSeconds(startedAt),
    model: response.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: content === '' && (calls || call) ? null : content,
          refusal: null,
          ...(thoughts !== null && { reasoning_content: thoughts }),
          ...(calls && { tool_calls: calls.map((one) => ({ ...one, type: 'function' as const })) }),
          ...(call && { function_call: call }),
        },
        logprobs: null,
        finish_reason: metadata.finish_reason,
      },
    ],
    usage: { ...tokens, ...detailsOf(reasoning) },
    route: metadata.route,
  };
}

export function presentEmbeddings({ response, vectors }: WholeAnswer): EmbeddingList {
  const { prompt_tokens } = response.usage;
  return {
    object: 'list',
    data: (vectors ?? []).map((embedding, index) => ({ object: 'embedding', index, embedding })),
    model: response.model,
    usage: { prompt_tokens, total_tokens: prompt_tokens },
  };
}
