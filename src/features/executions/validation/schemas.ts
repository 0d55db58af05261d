import { z } from '@hono/zod-openapi';
import { Uuid } from '../../../http/schemas.ts';
import { JsonMap } from '../schemas.ts';

export const ValidateWorkflowQuery = z.object({
  workflow_id: Uuid.openapi({ description: 'A workflow of this workspace, or a public one.' }),
});

export const GivenVariables = JsonMap.openapi('ExecutionVariables', {
  description: 'Values that the execution would be given, by name.',
  example: { API_KEY: 'none' },
});

export const WorkflowValidation = z
  .object({
    is_valid: z.boolean().openapi({ description: 'Whether it would run.', example: true }),
    errors: z.array(z.string()).openapi({ description: 'Each with the node and the field.', example: [] }),
    warnings: z.array(z.string()).openapi({ example: ['Node "late": is never reached'] }),
    estimated_duration_seconds: z.number().int().nullable().openapi({
      description: 'From earlier executions of it in this workspace; null where there are none.',
      example: 2,
    }),
    total_nodes: z.number().int().openapi({ example: 5 }),
    required_variables: z.array(z.string()).openapi({ example: ['API_KEY'] }),
    optional_variables: z.array(z.string()).openapi({ example: [] }),
    dependencies: z
      .record(z.string(), z.array(z.string()))
      .openapi({ description: 'The nodes before each node.', example: { answer: ['fetch'] } }),
  })
  .openapi('WorkflowValidation');

export type WorkflowValidation = z.infer<typeof WorkflowValidation>;
