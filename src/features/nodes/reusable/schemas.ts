import { z } from '@hono/zod-openapi';
import { NODE_KINDS, REUSABLE_NODE_STATUSES } from '../../../db/schema/index.ts';
import { DateTime, line, pageOf, pageQuery, text, Uuid } from '../../../http/schemas.ts';

const NAME = { description: 'What people call it.', example: 'Total of an order' };
const DESCRIPTION = { description: 'What it is for.', example: 'Adds up the items, with tax.' };
const TYPE = { description: 'What kind of step it is.', example: 'transform' };
const CATEGORY = { description: 'What it is filed under.', example: 'orders' };
const PUBLIC = { description: 'Whether everybody may read, rate and use it.', example: false };
const STATUS = { description: 'What it is to its readers.', example: 'published' };
const ICON = { description: 'A symbol of it.', example: '🔧' };
const COLOR = { description: 'Its colour.', example: '#6366f1' };
const CODE = {
  description:
    'What it makes (JSONata), over what comes in; `$parameters` are those of the workflow that uses it. It sees no ' +
    "variables of the user's.",
  example: '$sum(items.(price * quantity)) * (1 + $parameters.tax)',
};
const INPUT = { description: 'What may come in, as JSON Schema; {} for anything.', example: { type: 'object' } };
const OUTPUT = { description: 'What it makes, as JSON Schema; {} for anything.', example: { type: 'number' } };
const PARAMETERS = {
  description: 'What its parameters must be, as JSON Schema; null for anything.',
  example: { required: ['tax'] },
};
const DOCUMENTATION = { description: 'How to use it.', example: 'Needs items with price and quantity.' };
const EXAMPLES = { description: 'Uses of it.', example: [{ output: 0 }] };

export const NodeParams = z.object({
  node_id: Uuid.openapi({ param: { name: 'node_id', in: 'path' }, description: 'The node.' }),
});

const Schema = z.record(z.string(), z.unknown());

export const Node = z
  .object({
    id: Uuid,
    user_id: Uuid.nullable().openapi({ description: 'Who made it; null once that account is deleted.' }),
    workspace_id: Uuid,
    name: z.string().openapi(NAME),
    description: z.string().nullable().openapi(DESCRIPTION),
    type: z.enum(NODE_KINDS).openapi(TYPE),
    category: z.string().nullable().openapi(CATEGORY),
    is_public: z.boolean().openapi(PUBLIC),
    status: z.enum(REUSABLE_NODE_STATUSES).openapi(STATUS),
    icon: z.string().openapi(ICON),
    color: z.string().openapi(COLOR),
    version: z.string().openapi({ description: 'Its last part is raised by every change.', example: '1.0.3' }),
    code_template: z.string().openapi(CODE),
    input_schema: Schema.openapi(INPUT),
    output_schema: Schema.openapi(OUTPUT),
    parameters_schema: Schema.nullable().openapi(PARAMETERS),
    documentation: z.string().nullable().openapi(DOCUMENTATION),
    examples: z.array(Schema).openapi(EXAMPLES),
    downloads_count: z.number().int().openapi({ description: 'How often others have taken it.', example: 3 }),
    usage_count: z.number().int().openapi({ description: 'How often executions have run it.', example: 120 }),
    rating_average: z.number().openapi({ description: 'From 1 to 5; 0 where nobody has rated it.', example: 4.5 }),
    rating_count: z.number().int().openapi({ description: 'How many people have rated it.', example: 2 }),
    created_at: DateTime,
    updated_at: DateTime,
  })
  .openapi('Node');
export type Node = z.infer<typeof Node>;

const SCHEMA_LIMIT = 65_536;

/** Bounded as text: its parts are the client's own. */
const NewSchema = Schema.refine(
  (schema) => JSON.stringify(schema).length <= SCHEMA_LIMIT,
  `must have at most ${SCHEMA_LIMIT} characters as JSON`,
);

const fields = {
  name: line(1, 255).openapi(NAME),
  description: text(0, 5_000).nullish().openapi(DESCRIPTION),
  type: z.enum(NODE_KINDS).openapi(TYPE),
  category: line(0, 100).nullish().openapi(CATEGORY),
  icon: line(1, 10).openapi(ICON),
  color: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, 'must be like #6366f1')
    .openapi(COLOR),
  code_template: text(1, 50_000).openapi(CODE),
  input_schema: NewSchema.openapi(INPUT),
  output_schema: NewSchema.openapi(OUTPUT),
  parameters_schema: NewSchema.nullish().openapi(PARAMETERS),
  documentation: text(0, 50_000).nullish().openapi(DOCUMENTATION),
  examples: z.array(NewSchema).max(20).openapi(EXAMPLES),
};

export const NodeCreate = z
  .object({
    ...fields,
    is_public: z.boolean().default(false).openapi(PUBLIC),
    status: z.enum(REUSABLE_NODE_STATUSES).default('draft').openapi(STATUS),
    icon: fields.icon.default('🔧'),
    color: fields.color.default('#6366f1'),
    input_schema: fields.input_schema.default({}),
    output_schema: fields.output_schema.default({}),
    examples: fields.examples.default([]),
  })
  .openapi('NodeCreate');
export type NodeCreate = z.infer<typeof NodeCreate>;

export const NodeUpdate = z
  .object({
    ...fields,
    name: fields.name.nullish(),
    type: fields.type.nullish(),
    icon: fields.icon.nullish(),
    color: fields.color.nullish(),
    code_template: fields.code_template.nullish(),
    input_schema: fields.input_schema.nullish(),
    output_schema: fields.output_schema.nullish(),
    examples: fields.examples.nullish(),
    is_public: z.boolean().nullish().openapi(PUBLIC),
    status: z.enum(REUSABLE_NODE_STATUSES).nullish().openapi(STATUS),
  })
  .openapi('NodeUpdate', {
    description:
      'What is left out stays. Null takes a description, a category, a schema of parameters or documentation away, and ' +
      'leaves all else as it is.',
  });
export type NodeUpdate = z.infer<typeof NodeUpdate>;

export const ListNodesQuery = pageQuery(20, 100).extend({
  type: z.enum(NODE_KINDS).optional().openapi({ description: 'Only those of this kind.', example: 'transform' }),
  category: text(0, 100).optional().openapi({ description: 'Only those of this category.', example: 'orders' }),
  is_public: z.stringbool().optional().openapi({
    type: 'boolean',
    description: 'The public ones of all workspaces instead of those of this one.',
    example: false,
  }),
  search: text(0, 200)
    .optional()
    .openapi({ description: 'Words of the name, description or category, or their beginnings.', example: 'order' }),
});
export type ListNodesQuery = z.infer<typeof ListNodesQuery>;

export const NodePage = pageOf(Node).openapi('NodePage');
export type NodePage = z.infer<typeof NodePage>;

export const Names = z.array(z.string()).openapi({ example: ['orders'] });

export const NodeRating = z
  .object({
    id: Uuid,
    name: z.string().openapi(NAME),
    category: z.string().nullable().openapi(CATEGORY),
    rating_average: z.number().openapi({ description: 'From 1 to 5.', example: 4.5 }),
    rating_count: z.number().int().openapi({ description: 'How many people have rated it.', example: 2 }),
  })
  .openapi('NodeRating');
export type NodeRating = z.infer<typeof NodeRating>;

export const NodeDownload = z
  .object({
    message: z.string().openapi({ example: 'Download counted.' }),
    node_id: Uuid,
    node_name: z.string().openapi(NAME),
    downloads_count: z.number().int().openapi({ description: 'With this one.', example: 4 }),
  })
  .openapi('NodeDownload');
