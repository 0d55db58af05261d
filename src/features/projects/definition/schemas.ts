import { z } from '@hono/zod-openapi';
import { DateTime, Uuid } from '../../../http/schemas.ts';
import { Definition, NewDefinition } from '../../../http/workflow-definition.ts';

export const DefinitionUpdate = z
  .object({ definition: NewDefinition.openapi({ description: 'What the workflow does from now on.' }) })
  .openapi('WorkflowDefinitionUpdate');

export type DefinitionUpdate = z.infer<typeof DefinitionUpdate>;

export const ProjectWorkflow = z
  .object({
    project_id: Uuid,
    workflow_id: Uuid,
    definition: Definition,
    version: z.number().int().openapi({ description: 'Raised by every change of the definition.', example: 7 }),
    updated_at: DateTime,
  })
  .openapi('ProjectWorkflow');

export type ProjectWorkflow = z.infer<typeof ProjectWorkflow>;
