import type { WorkflowDefinition } from '../../../db/schema/index.ts';
import { findReferences } from '../../user-variables/index.ts';
import { asObject } from './fields.ts';

/** Names of fields whose value is a secret, whatever an editor puts around them. */
const SECRET = /(^|_)(api_?key|apikey|secret|password|passwd|token|authorization|credentials?|private_?key)$/;

/**
 * A definition for those who have no part in the workspace that it comes from: where somebody wrote a secret into a
 * configuration, it now refers to a variable, which they give it a value of their own. The workspace's references stay.
 */
export function withoutSecrets(definition: WorkflowDefinition): WorkflowDefinition {
  return { ...definition, nodes: definition.nodes.map((node) => strip(node)) };
}

/** The same for the configuration of one node, wherever it is shown. */
export const configWithoutSecrets = (config: Record<string, unknown>): Record<string, unknown> =>
  strip(config) as Record<string, unknown>;

function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripPart);
  const object = asObject(value);
  if (!object) return value;
  return Object.fromEntries(Object.entries(object).map(([name, inner]) => [name, stripField(name, inner)]));
}

/** Headers and parameters are lists of names and values with some editors. */
function stripPart(part: unknown): unknown {
  const object = asObject(part);
  const name = object?.['name'] ?? object?.['key'];
  if (object && typeof name === 'string' && typeof object['value'] === 'string') {
    return { ...object, value: stripField(name, object['value']) };
  }
  return strip(part);
}

function stripField(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return strip(value);
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z\d]+/g, '_');
  if (!SECRET.test(words) || value === '' || isReference(value)) return value;
  return `\${${words.toUpperCase().replace(/^[^A-Z]+/, '')}}`;
}

/** What a value takes from elsewhere stays, with the word before it that says what kind it is: `Bearer ${TOKEN}`. */
const isReference = (value: string): boolean =>
  (findReferences(value).length > 0 || (value.includes('{{') && value.includes('}}'))) &&
  /^(\w{1,20} )?(\$\{[^}]*\}|\{\{[^}]*\}\})$/.test(value.trim());
