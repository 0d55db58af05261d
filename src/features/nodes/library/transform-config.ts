import { z } from 'zod';
import { Comparison } from './compare.ts';

export const TRANSFORM_KINDS = [
  'expression',
  'map',
  'filter',
  'extract',
  'convert',
  'validate',
  'sort',
  'group',
  'aggregate',
  'reduce',
  'join',
  'custom',
] as const;

export type TransformKind = (typeof TRANSFORM_KINDS)[number];

const OPERATIONS = ['count', 'sum', 'avg', 'min', 'max'] as const;

const Rule = z.looseObject({
  required: z.boolean().optional(),
  type: z.enum(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']).optional(),
  min: z.coerce.number().optional(),
  max: z.coerce.number().optional(),
  min_length: z.coerce.number().optional(),
  max_length: z.coerce.number().optional(),
  pattern: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
});

/** Fields of every kind of transformation; which of them one needs is checked when its kind is known. */
export const TransformFields = z.looseObject({
  transform_type: z.enum(TRANSFORM_KINDS).optional().meta({ description: 'What to do; `expression` where absent.' }),
  input_source: z.string().default('auto').meta({
    description: 'What is transformed: `auto` for what came in, `context`, `variables`, a node by its id, or a path.',
  }),
  expression: z.string().optional().meta({
    description: 'What to make (JSONata), over what came in; in `map`, `filter` and `reduce` over each item.',
  }),
  mapping: z
    .record(z.string(), z.string())
    .optional()
    .meta({ description: '`map`: for each field of the result a path or an expression over the item.' }),
  condition: z
    .union([z.string(), Comparison, z.array(Comparison).max(100)])
    .optional()
    .meta({ description: '`filter`: what an item must fulfil, as an expression or as comparisons.' }),
  path: z.string().optional().meta({ description: '`extract`: a path, also as JSONPath.' }),
  paths: z
    .union([z.array(z.string()), z.record(z.string(), z.string())])
    .optional()
    .meta({ description: '`extract`: several, as a list or by names.' }),
  target_type: z
    .enum(['string', 'number', 'boolean', 'array', 'object', 'date'])
    .optional()
    .meta({ description: '`convert`: to what.' }),
  field: z.string().optional().meta({ description: '`convert`, `aggregate`, `join`: a path in the item.' }),
  schema: z.record(z.string(), z.unknown()).optional().meta({ description: '`validate`: a JSON Schema (2020-12).' }),
  rules: z
    .record(z.string(), Rule)
    .optional()
    .meta({ description: '`validate`: what each field must be, by its path.' }),
  strict: z.boolean().default(false).meta({ description: '`validate`: whether the node fails where it is not valid.' }),
  key: z.string().optional().meta({ description: '`sort`, `group`, `join`: a path in the item.' }),
  reverse: z.boolean().default(false).meta({ description: '`sort`: the largest first.' }),
  operations: z
    .union([z.enum(OPERATIONS), z.array(z.enum(OPERATIONS))])
    .optional()
    .meta({ description: '`aggregate`: what to work out; all of it where absent.' }),
  initial: z.unknown().optional().meta({ description: '`reduce`: what it begins with; else the first item.' }),
  separator: z.string().optional().meta({ description: '`join`: what stands between texts.' }),
  with: z.string().optional().meta({ description: '`join`: another list of records (JSONata), by the same key.' }),
  function_name: z.enum(['clean_text', 'format_date']).optional().meta({ description: '`custom`: which function.' }),
  format: z.string().optional().meta({ description: '`format_date`: a picture such as `[Y0001]-[M01]-[D01]`.' }),
  code: z.string().optional().meta({ description: '`custom`: what to make (JSONata).' }),
});
export type TransformConfig = z.infer<typeof TransformFields>;

export const AGGREGATES = OPERATIONS;

/** What a kind cannot do without: one of these. */
const NEEDS: Partial<Record<TransformKind, (keyof TransformConfig)[]>> = {
  expression: ['expression', 'code'],
  map: ['mapping', 'expression'],
  filter: ['condition', 'expression'],
  extract: ['path', 'paths'],
  convert: ['target_type'],
  validate: ['schema', 'rules'],
  group: ['key'],
  reduce: ['expression'],
  custom: ['function_name', 'code', 'expression'],
};

/** The configuration where the kind is this one unless it is said. */
export const transformConfig = (kind: TransformKind) =>
  TransformFields.superRefine((config, context) => {
    const named = config.transform_type ?? kind;
    const needs = NEEDS[named] ?? [];
    if (needs.length === 0 || needs.some((field) => config[field] !== undefined)) return;
    context.addIssue({ code: 'custom', path: [needs[0]!], message: `is needed to ${named}: ${needs.join(' or ')}` });
  });
