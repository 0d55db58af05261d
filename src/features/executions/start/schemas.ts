import { z } from '@hono/zod-openapi';
import { line, Uuid } from '../../../http/schemas.ts';
import { ExecutionStatusName, JsonMap, Priority } from '../schemas.ts';

/** As long as a `delay` may sleep. */
const LONGEST_SECONDS = 30 * 24 * 60 * 60;

const Timeout = z.number().int().min(1).max(LONGEST_SECONDS).openapi({
  description: 'Seconds from its beginning, after which it ends as `timeout`.',
  example: 3600,
});

export const Version = z.number().int().min(1).max(2_147_483_647).nullish().openapi({
  description: 'The version to run; the present one where it is left out. Of somebody else’s workflow only that one.',
  example: null,
});

const Tags = z.array(line(1, 50)).max(20);

const Granted = z
  .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/))
  .max(100)
  .openapi({
    description:
      'Names of your variables and keys that the workflow may use although somebody else wrote this version of it. What ' +
      'you wrote yourself uses all of yours that it refers to.',
    example: ['WEATHER_API_KEY'],
  });

const VALUES = 'Values by name, for references such as `${NAME}`; they stand before your variables.';

export const WorkflowExecutionRequest = z
  .object({
    inputs: JsonMap.nullish().openapi({ description: 'What its trigger gives out.', example: { customer: 'Ada' } }),
    context: JsonMap.nullish().openapi({ description: 'What every node can read as `context`.', example: null }),
    variables: JsonMap.nullish().openapi({ description: VALUES, example: null }),
    grant_variables: Granted.nullish(),
    version: Version,
    priority: Priority.nullish(),
    timeout_seconds: Timeout.nullish(),
    tags: Tags.nullish().openapi({ example: ['nightly'] }),
    metadata: JsonMap.nullish().openapi({ description: 'Kept with it, and read by nobody.', example: null }),
  })
  .openapi('WorkflowExecutionRequest');

export type WorkflowExecutionRequest = z.infer<typeof WorkflowExecutionRequest>;

export const WorkflowExecution = z
  .object({
    execution_id: Uuid.openapi({ description: 'The execution, by the one id that it has everywhere.' }),
    status: ExecutionStatusName.openapi({ example: 'pending' }),
    message: z.string().openapi({ example: 'The execution has been started.' }),
    outputs: z.unknown().openapi({
      description: 'What came of it, where it ended within the time that `Prefer: wait` gives; else null.',
      example: null,
    }),
    error: z.string().nullable().openapi({ description: 'Why it failed; null where it did not.', example: null }),
  })
  .openapi('WorkflowExecution');

export const ExecutionCreate = z
  .object({
    workflow_id: Uuid.openapi({ description: 'A workflow of this workspace, or a public one.' }),
    version: Version,
    input_data: JsonMap.nullish().openapi({ description: 'What its trigger gives out.', example: { customer: 'Ada' } }),
    context_data: JsonMap.nullish().openapi({ description: 'What every node can read as `context`.', example: null }),
    variables: JsonMap.nullish().openapi({ description: VALUES, example: null }),
    grant_variables: Granted.nullish(),
    priority: Priority.default(5),
    timeout_seconds: Timeout.nullable().default(3600),
    auto_retry: z.boolean().default(true).openapi({
      description: 'Whether it is taken up again by itself where that may help.',
    }),
    max_retries: z.number().int().min(0).max(10).default(3).openapi({ description: 'How often it may be.' }),
    notify_on_completion: z.boolean().default(true).openapi({ description: 'Whether you are told once it is done.' }),
    notify_on_failure: z.boolean().default(true).openapi({ description: 'Whether you are told once it has failed.' }),
    tags: Tags.nullish().openapi({ example: ['nightly'] }),
    metadata: JsonMap.nullish().openapi({ description: 'Kept with it, and read by nobody.', example: null }),
  })
  .openapi('ExecutionCreate');

export type ExecutionCreate = z.infer<typeof ExecutionCreate>;

export const CreateExecutionQuery = z.object({
  start_immediately: z.stringbool().default(true).openapi({
    type: 'boolean',
    description: 'Without it, the execution stays pending until the action `start` lets it begin.',
    example: true,
  }),
});

/** RFC 7240. */
export const PreferHeader = z.object({
  prefer: z.string().max(200).optional().openapi({
    description: '`wait=30`: answer once it has ended, or after so many seconds (30 at the most), whichever is sooner.',
    example: 'wait=30',
  }),
});

export const PreferenceHeader = z.object({
  'Preference-Applied': z.string().optional().openapi({ description: 'How long it waited.', example: 'wait=30' }),
});
