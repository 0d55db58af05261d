import { z } from '@hono/zod-openapi';
import { CONNECTIONS_LIMIT, NODES_LIMIT } from '../../../core/workflow-definition.ts';

const Fault = z
  .object({
    severity: z.enum(['error', 'warning']).openapi({
      description: 'With an error it does not run; a warning says that it may not do what is meant.',
      example: 'error',
    }),
    code: z.string().openapi({ description: 'Stable name of the kind, for programs.', example: 'invalid_config' }),
    node_id: z.string().nullable().openapi({ description: 'The node at fault, if it is one.', example: 'fetch' }),
    field: z.string().nullable().openapi({ description: 'The field of its configuration.', example: 'url' }),
    message: z.string().openapi({ example: 'Invalid input: expected string, received undefined' }),
    pointer: z.string().openapi({
      description: 'JSON Pointer (RFC 6901) into the definition.',
      example: '/nodes/1/config/url',
    }),
  })
  .openapi('WorkflowFault');

export const DefinitionValidation = z
  .object({
    is_valid: z.boolean().openapi({ description: 'Whether there are no errors, so that it runs.', example: false }),
    errors: z.array(Fault),
    warnings: z.array(Fault),
    is_truncated: z.boolean().openapi({ description: 'Whether there are more than these 200.', example: false }),
    total_nodes: z.number().int().openapi({ example: 5 }),
    required_variables: z.array(z.string()).openapi({
      description: 'Variables that its nodes refer to as `${NAME}`, each once.',
      example: ['API_KEY'],
    }),
    optional_variables: z.array(z.string()).openapi({ description: 'The same of those that a node may set before.' }),
    dependencies: z
      .record(z.string(), z.array(z.string()))
      .openapi({ description: 'The nodes before each node, by their ids.', example: { answer: ['fetch'] } }),
  })
  .openapi('WorkflowDefinitionValidation');

export type DefinitionValidation = z.infer<typeof DefinitionValidation>;

/** As loose as may be: what is wrong with it is what is asked. */
export const DefinitionCheck = z
  .object({
    definition: z
      .looseObject({
        nodes: z.array(z.unknown()).max(NODES_LIMIT).openapi({ description: 'The steps.' }),
        connections: z
          .array(z.unknown())
          .max(CONNECTIONS_LIMIT)
          .optional()
          .openapi({ description: 'What leads from one step to another.' }),
        edges: z
          .array(z.unknown())
          .max(CONNECTIONS_LIMIT)
          .optional()
          .openapi({ description: 'Another name for connections.' }),
      })
      .openapi({
        description: 'In whatever state it is.',
        example: { nodes: [{ id: 'start', type: 'trigger' }], connections: [] },
      }),
    variables: z
      .record(z.string().max(255), z.unknown())
      .optional()
      .openapi({ description: 'Values that the execution would be given, by name.', example: { API_KEY: 'none' } }),
  })
  .openapi('WorkflowDefinitionCheck');

export type DefinitionCheck = z.infer<typeof DefinitionCheck>;

export const VariablesGiven = DefinitionCheck.pick({ variables: true }).openapi('WorkflowVariablesGiven');

export type VariablesGiven = z.infer<typeof VariablesGiven>;
