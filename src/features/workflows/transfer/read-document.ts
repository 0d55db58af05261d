import { asObject, asText, type Fields } from '../definition/fields.ts';
import { fromN8n, isOfN8n } from './from-n8n.ts';

export type ReadDocument = {
  name: string | null;
  description: string | null;
  category: string | null;
  tags: string[];
  /** As it was written, but for n8n's, to be checked like any other. */
  definition: unknown;
};

/**
 * Reads what somebody exported: here, or elsewhere. What describes it stands around the definition, or in it.
 * @returns null where there is no definition in it
 */
export function readDocument(written: Fields): ReadDocument | null {
  const around = asObject(written['workflow']) ?? written;
  const definition = asObject(around['definition']) ?? (Array.isArray(around['nodes']) ? around : null);
  if (!definition || !Array.isArray(definition['nodes'])) return null;
  return {
    name: asText(around['name']) ?? asText(written['name']),
    description: asText(around['description']),
    category: asText(around['category']),
    tags: tagsOf(around['tags']),
    definition: isOfN8n(definition) ? fromN8n(definition) : withoutFrame(definition, around),
  };
}

/** What is said of a workflow beside its definition is no part of that. */
function withoutFrame(definition: Fields, around: Fields): Fields {
  if (definition !== around) return definition;
  const {
    name: _name,
    description: _description,
    category: _category,
    tags: _tags,
    document: _document,
    ...rest
  } = around;
  return rest;
}

/** Tags are texts, or with n8n objects that have a name. */
const tagsOf = (written: unknown): string[] =>
  (Array.isArray(written) ? written : []).flatMap((tag) => asText(asObject(tag)?.['name'] ?? tag) ?? []);
