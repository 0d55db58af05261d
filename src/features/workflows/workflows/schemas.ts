import { z } from '@hono/zod-openapi';
import { WORKFLOW_STATUSES } from '../../../db/schema/index.ts';
import { DateTime, line, pageOf, pageQuery, text, Uuid } from '../../../http/schemas.ts';
import { Definition, NewDefinition } from '../../../http/workflow-definition.ts';

const NAME = { description: 'What people call it.', example: 'Answer orders' };
const DESCRIPTION = { description: 'What it is for.', example: 'Fetches each new order and writes an answer.' };
const CATEGORY = { description: 'What it is filed under.', example: 'support' };
const TAGS = { description: 'Words to find it by.', example: ['orders', 'mail'] };
const PUBLIC = { description: 'Whether everybody may read, copy and run it.', example: false };
const STATUS = {
  description: 'What it is to its readers. It runs in each of these states but `archived` and `paused`.',
  example: 'active',
};
const THUMBNAIL = { description: 'A picture of it.', example: 'https://img.example.test/orders.png' };
const CONCURRENT = {
  description: 'How many of its executions may run at once; null for as many as the workspace may have.',
  example: null,
};

const REQUIRES_REPLAY = {
  description:
    'Whether a version is published only once a replay by it has passed, or its differences are accepted: of an execution ' +
    'of the version that is published, where one is.',
  example: false,
};

export const WorkflowParams = z.object({
  workflow_id: Uuid.openapi({ param: { name: 'workflow_id', in: 'path' }, description: 'The workflow.' }),
});

export const Workflow = z
  .object({
    id: Uuid,
    user_id: Uuid.nullable().openapi({ description: 'Who made it; null once that account is deleted.' }),
    workspace_id: Uuid,
    name: z.string().openapi(NAME),
    description: z.string().nullable().openapi(DESCRIPTION),
    category: z.string().nullable().openapi(CATEGORY),
    tags: z.array(z.string()).openapi(TAGS),
    is_public: z.boolean().openapi(PUBLIC),
    status: z.enum(WORKFLOW_STATUSES).openapi(STATUS),
    definition: Definition,
    version: z.string().openapi({ description: 'version_number as text, as older clients read it.', example: '7' }),
    version_number: z.number().int().openapi({ description: 'Raised by every change of the definition.', example: 7 }),
    published_version: z.number().int().nullable().openapi({
      description:
        'What runs where no version is named; null where nothing is published, so that the present one does.',
      example: null,
    }),
    publish_requires_replay: z.boolean().openapi(REQUIRES_REPLAY),
    updated_by: Uuid.nullable().openapi({ description: 'Who made the definition what it is; null for user_id.' }),
    thumbnail_url: z.string().nullable().openapi(THUMBNAIL),
    max_concurrent_executions: z.number().int().nullable().openapi(CONCURRENT),
    downloads_count: z
      .number()
      .int()
      .openapi({ description: 'How often others have copied or exported it.', example: 3 }),
    rating_average: z.number().openapi({ description: 'From 1 to 5; 0 where nobody has rated it.', example: 4.5 }),
    rating_count: z.number().int().openapi({ description: 'How many people have rated it.', example: 2 }),
    execution_count: z.number().int().openapi({ description: 'Executions that have ended.', example: 120 }),
    last_executed_at: DateTime.nullable(),
    created_at: DateTime,
    updated_at: DateTime,
  })
  .openapi('Workflow');

export type Workflow = z.infer<typeof Workflow>;

const Tag = line(1, 50);
const Url = z.url({ protocol: /^https?$/ }).max(500);

const fields = {
  name: line(1, 255).openapi(NAME),
  description: text(0, 5_000).nullish().openapi(DESCRIPTION),
  category: line(0, 100).nullish().openapi(CATEGORY),
  thumbnail_url: Url.nullish().openapi(THUMBNAIL),
  max_concurrent_executions: z.number().int().min(1).max(1_000).nullish().openapi(CONCURRENT),
  publish_requires_replay: z.boolean().nullish().openapi(REQUIRES_REPLAY),
};

const Tags = z.array(Tag).max(20);

export const WorkflowCreate = z
  .object({
    ...fields,
    tags: Tags.nullish().openapi(TAGS),
    is_public: z.boolean().default(false).openapi(PUBLIC),
    status: z.enum(WORKFLOW_STATUSES).default('draft').openapi(STATUS),
    definition: NewDefinition.nullish().openapi({
      description:
        'What it does. It need not be complete: `validate` tells what is missing. Nothing where it is left out.',
    }),
  })
  .openapi('WorkflowCreate');

export type WorkflowCreate = z.infer<typeof WorkflowCreate>;

export const WorkflowUpdate = z
  .object({
    ...fields,
    name: fields.name.nullish(),
    tags: Tags.nullish().openapi(TAGS),
    is_public: z.boolean().nullish().openapi(PUBLIC),
    status: z.enum(WORKFLOW_STATUSES).nullish().openapi(STATUS),
    definition: NewDefinition.nullish().openapi({ description: 'What it does from now on, whole.' }),
  })
  .openapi('WorkflowUpdate', {
    description:
      'What is left out stays. Null takes a description, a category, a picture or a limit away, and leaves all else as it is.',
  });

export type WorkflowUpdate = z.infer<typeof WorkflowUpdate>;

const OfPublic = z.stringbool().optional().openapi({ type: 'boolean', example: false });

/** Texts of a query that may stand there several times, or once with commas. */
const Words = z
  .union([z.string().max(1_200), z.array(z.string().max(100)).max(20)])
  .transform((given) =>
    [given]
      .flat()
      .flatMap((part) => part.split(','))
      .map((part) => part.trim())
      .filter(Boolean),
  )
  .pipe(z.array(text(1, 100)).max(20));

export const ListWorkflowsQuery = pageQuery(20, 100).extend({
  category: text(0, 100).optional().openapi({ description: 'Only those of this category.', example: 'support' }),
  is_public: OfPublic.openapi({
    description: 'The public ones of all workspaces instead of those of this one.',
  }),
  search: text(0, 200)
    .optional()
    .openapi({ description: 'Words of the name, description or category, or their beginnings.', example: 'order' }),
  tags: Words.optional().openapi({
    type: 'string',
    description: 'Only those with all of these tags, separated by commas.',
    example: 'orders,mail',
  }),
  status: z.enum(WORKFLOW_STATUSES).optional().openapi({ description: 'Only those in this state.', example: 'active' }),
});

export type ListWorkflowsQuery = z.infer<typeof ListWorkflowsQuery>;

export const WorkflowPage = pageOf(Workflow).openapi('WorkflowPage');

export type WorkflowPage = z.infer<typeof WorkflowPage>;

export const WordsQuery = z.object({
  is_public: OfPublic.openapi({
    description: 'Of the public workflows of all workspaces instead of those of this one.',
  }),
});

export const UsedWord = z
  .object({
    name: z.string().openapi({ example: 'orders' }),
    count: z.number().int().openapi({ description: 'Workflows that have it.', example: 12 }),
  })
  .openapi('UsedWord');

export const WorkflowRating = z
  .object({
    id: Uuid,
    name: z.string().openapi(NAME),
    rating: z.number().int().openapi({ description: 'Yours.', example: 5 }),
    rating_average: z.number().openapi({ description: 'Of all.', example: 4.5 }),
    rating_count: z.number().int().openapi({ description: 'How many people have rated it.', example: 2 }),
  })
  .openapi('WorkflowRating');

export type WorkflowRating = z.infer<typeof WorkflowRating>;
