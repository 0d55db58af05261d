import type { Effort } from './provider.ts';

/** A request in OpenAI's terms, before it is fitted to the endpoint of a provider. */
export type Parameters = {
  temperature?: number;
  /** What stands in for a temperature that is not named, as far as the model takes one. */
  defaultTemperature?: number;
  max_tokens?: number;
  top_p?: number;
  top_k?: number;
  frequency_penalty?: number;
  presence_penalty?: number;
  stop?: string[];
  seed?: number;
  tools?: Tool[];
  tool_choice?: ToolChoice;
  parallel_tool_calls?: boolean;
  response_format?: ResponseFormat;
  reasoning_effort?: Effort;
  /** By the provider's own names. */
  extras: Record<string, unknown>;
};

export type Tool = {
  type: 'function';
  function: { name: string; description?: string; parameters?: Record<string, unknown>; strict?: boolean | null };
};

export type ToolChoice = 'none' | 'auto' | 'required' | { type: 'function'; function: { name: string } };

export type ResponseFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | { type: 'json_schema'; json_schema: JsonSchemaFormat };

export type JsonSchemaFormat = {
  name: string;
  description?: string;
  schema: Record<string, unknown>;
  strict?: boolean | null;
};

export type ContentPart =
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: { url: string; detail?: 'auto' | 'low' | 'high' } };

export type ToolCall = { id: string; type: 'function'; function: { name: string; arguments: string } };

export type Message =
  | { role: 'system' | 'developer' | 'user'; content: string | ContentPart[]; name?: string }
  | { role: 'assistant'; content?: string | ContentPart[] | null; name?: string; tool_calls?: ToolCall[] }
  | { role: 'tool'; content: string | ContentPart[]; tool_call_id: string };
