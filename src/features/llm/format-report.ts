import { checkJson, type SchemaReport } from '../../core/json-schema.ts';
import type { ResponseFormat } from '../../platform/llm/request.ts';
import type { Answer } from './calls/answer.ts';

/** Whether an answer has the form that was asked for; null where none was, or where a tool was called instead. */
export type FormatReport = { valid: boolean | null; errors: SchemaReport['faults']; unchecked: string[] } | null;

/** What of a JSON Schema is looked at when nothing but an object is asked for. */
const ANY_OBJECT = { type: 'object' };

export function reportFormat(format: ResponseFormat | null | undefined, answer: Answer): FormatReport {
  if (!format || format.type === 'text') return null;
  if (answer.content === '' && (answer.toolCalls || answer.functionCall)) return null;
  const value = parse(answer.content);
  if (value === undefined) return { valid: false, errors: [{ path: '', message: 'is not JSON' }], unchecked: [] };
  const schema = format.type === 'json_schema' ? format.json_schema.schema : ANY_OBJECT;
  const { valid, faults, unchecked } = checkJson(schema, value);
  return { valid, errors: faults, unchecked };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
