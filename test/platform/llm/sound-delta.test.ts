import { expect, test } from 'vitest';
import type { ChatDelta } from '../../../src/platform/llm/chat.ts';
import { requireSound } from '../../../src/platform/llm/sound-delta.ts';

test.each<ChatDelta>([
  {},
  { content: 'Hello', finishReason: 'stop' },
  { reasoning: 'Well', usage: { promptTokens: 1, completionTokens: 2, reasoningTokens: 1 } },
  { toolCalls: [{ index: 0, id: null as never, name: null as never, arguments: '{}' }] },
  { functionCall: { name: 'f', arguments: '' }, finishReason: 'function_call' },
  { content: 'x'.repeat(1_000_000) },
])('a piece of an answer passes as it is', (delta) => {
  expect(requireSound(delta)).toBe(delta);
});

test.each([
  { content: 5 },
  { content: { no: 'text' } },
  { reasoning: ['no', 'text'] },
  { toolCalls: [{ index: 'first' }] },
  { toolCalls: [{ index: 0, arguments: {} }] },
  { functionCall: { name: 1 } },
  { finishReason: { no: 'reason' } },
  { finishReason: 'stop\0' },
  { finishReason: 'x'.repeat(101) },
  { content: 'x'.repeat(1_100_000) },
  { content: '\0'.repeat(200_000) },
])('what could not be kept does not', (delta) => {
  expect(() => requireSound(delta as never)).toThrow(
    expect.objectContaining({ fault: expect.objectContaining({ kind: 'unavailable' }) }),
  );
});
