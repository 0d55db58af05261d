import { DialectError } from './dialect-error.ts';
import type { Effort, Emulation } from './provider.ts';
import type { Parameters, ResponseFormat } from './request.ts';
import type { Translation } from './translate.ts';

type Emulate = (translation: Translation, wanted: Parameters) => void;

/** What stands in for fields that an endpoint ignores: each changes the translation in place. */
export const EMULATIONS: Record<Emulation, Emulate> = {
  answer_tool: answerByTool,
  schema_instruction: instructSchema,
  thinking_budget: setThinkingBudget,
};

/** The name of the tool that takes the answer, where the request gives its schema none. */
const ANSWER = 'answer';

/** The model must call a tool whose arguments are the answer: tools are the one place where its form is looked after. */
function answerByTool({ parameters, reading, emulated }: Translation, wanted: Parameters): void {
  const format = wanted.response_format;
  if (wanted.tools) throw new DialectError('response_format', 'cannot be combined with tools for this model');
  if (wanted.reasoning_effort && wanted.reasoning_effort !== 'none') {
    throw new DialectError('response_format', 'cannot be combined with reasoning_effort for this model');
  }
  const { name = ANSWER, description = 'Takes the whole answer.', schema } = schemaOf(format) ?? {};
  const tool = { name, description, parameters: schema ?? { type: 'object', additionalProperties: true } };
  parameters.tools = [{ type: 'function', function: tool }];
  parameters.tool_choice = { type: 'function', function: { name } };
  parameters.parallel_tool_calls = false;
  reading.toolCallsAre = 'content';
  emulated.push('response_format');
}

/** JSON of any form is asked for, and the form in words. */
function instructSchema({ parameters, messages, emulated }: Translation, wanted: Parameters): void {
  const { schema } = schemaOf(wanted.response_format) ?? {};
  const content = `Answer with one JSON value that conforms to this JSON Schema, and with nothing else:\n${JSON.stringify(schema)}`;
  const afterSystem = messages.findIndex(({ role }) => role !== 'system');
  messages.splice(afterSystem < 0 ? messages.length : afterSystem, 0, { role: 'system', content });
  parameters.response_format = { type: 'json_object' };
  emulated.push('response_format');
}

const schemaOf = (format: ResponseFormat | undefined) =>
  format?.type === 'json_schema' ? format.json_schema : undefined;

/** The share of max_tokens that thoughts may take (OpenRouter's, "Reasoning tokens"), and Anthropic's bounds. */
const SHARES: Record<Effort, number> = { none: 0, minimal: 0.1, low: 0.2, medium: 0.5, high: 0.8, xhigh: 0.95 };
const LEAST_BUDGET = 1024;
const MOST_BUDGET = 32_000;

/** @see https://platform.claude.com/docs/en/build-with-claude/extended-thinking */
function setThinkingBudget({ parameters, emulated }: Translation, wanted: Parameters): void {
  const effort = wanted.reasoning_effort ?? 'none';
  if (effort === 'none') return;
  emulated.push('reasoning_effort');
  const { max_tokens: limit = 0 } = wanted;
  if (limit <= LEAST_BUDGET) {
    throw new DialectError('max_tokens', `must be more than ${LEAST_BUDGET} for this model to reason`);
  }
  if (wanted.temperature !== undefined && wanted.temperature !== 1) {
    throw new DialectError('temperature', 'must be 1 while this model reasons');
  }
  if (wanted.top_k !== undefined) throw new DialectError('top_k');
  const budget = Math.floor(limit * SHARES[effort]);
  delete parameters.temperature;
  parameters.thinking = { type: 'enabled', budget_tokens: Math.min(Math.max(budget, LEAST_BUDGET), MOST_BUDGET) };
}
