import { z } from '@hono/zod-openapi';
import { INACTIVE_REASONS } from '../../db/schema/index.ts';
import { DateTime, line, Uuid } from '../../http/schemas.ts';
import { DEFAULT_TIMEOUT_S, Granted, Priority, Timeout } from '../executions/index.ts';

export const TriggerWorkflowParams = z.object({
  workflow_id: Uuid.openapi({ param: { name: 'workflow_id', in: 'path' }, description: 'The workflow.' }),
});

const Name = line(1, 200).openapi({ description: 'What it is for.', example: 'Orders of the shop' });
const IsActive = z.boolean().openapi({ description: 'Whether it has the workflow run.' });
const WorkflowVersion = z
  .number()
  .int()
  .min(1)
  .max(2_147_483_647)
  .nullable()
  .openapi({
    description:
      'The version of the workflow that runs; null for the one that runs where none is named: what is published, else ' +
      'the present one.',
    example: null,
  });

/** What every trigger is made with. */
export const triggerInput = {
  name: Name,
  is_active: IsActive.default(true),
  workflow_version: WorkflowVersion.default(null),
  priority: Priority.default(5),
  timeout_seconds: Timeout.default(DEFAULT_TIMEOUT_S),
  granted_variables: Granted.default([]),
};

/** The same, to be changed one by one. */
export const triggerChanges = {
  name: Name.optional(),
  is_active: IsActive.optional(),
  workflow_version: WorkflowVersion.optional(),
  priority: Priority.optional(),
  timeout_seconds: Timeout.optional(),
  granted_variables: Granted.optional(),
};

const TriggerChanges = z.object(triggerChanges);

export type TriggerChanges = z.infer<typeof TriggerChanges>;

/** What every trigger shows. */
export const triggerShown = {
  id: Uuid,
  workspace_id: Uuid,
  workflow_id: Uuid,
  name: Name,
  is_active: IsActive,
  inactive_reason: z
    .enum(INACTIVE_REASONS)
    .nullable()
    .openapi({
      description:
        'Why the platform switched it off: whoever it acts for may not run workflows here any more (`rights_lost`). ' +
        'Whoever switches it on again answers for it.',
      example: null,
    }),
  acts_for: Uuid.nullable().openapi({
    description: 'Whoever changed it last: what it starts has their rights, as they are then.',
  }),
  workflow_version: WorkflowVersion,
  priority: Priority,
  timeout_seconds: Timeout,
  granted_variables: z.array(z.string()).openapi({
    description: 'Names of their variables that a version of the workflow by somebody else may read.',
    example: [],
  }),
  version: z.number().int().openapi({ description: 'Rises with every change; the ETag is made of it.', example: 1 }),
  created_by: Uuid.nullable(),
  created_at: DateTime,
  updated_at: DateTime,
};
