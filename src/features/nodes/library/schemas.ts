import { z } from '@hono/zod-openapi';

const JsonSchema = z.record(z.string(), z.unknown()).openapi({ example: { type: 'object' } });

export const NodeTypeParams = z.object({
  node_type: z
    .string()
    .min(1)
    .max(100)
    .openapi({ param: { name: 'node_type', in: 'path' }, description: 'Its name or an alias.', example: 'http' }),
});

export const NodeTypeInfo = z
  .object({
    type: z.string().openapi({ description: 'What a definition calls it.', example: 'condition' }),
    aliases: z.array(z.string()).openapi({ description: 'Other names that mean the same.', example: ['if'] }),
    title: z.string().openapi({ example: 'Condition' }),
    description: z.string().openapi({ example: 'Goes on by `true` or by `false`, with what came in.' }),
    category: z.enum(['trigger', 'ai', 'integration', 'data', 'flow', 'action']).openapi({ example: 'flow' }),
    inputs: z.array(z.string()).openapi({ description: 'Ports that connections lead to.', example: ['input'] }),
    outputs: z.array(z.string()).openapi({
      description: 'Ports that connections lead from, for the example.',
      example: ['true', 'false', 'error'],
    }),
    effect: z.enum(['pure', 'idempotent', 'unsafe']).openapi({
      description:
        'What happens when it runs twice: nothing that anybody notices, the same as once, or something more. That of the ' +
        'example; with another configuration it may be another.',
      example: 'pure',
    }),
    default_timeout_seconds: z.number().int().openapi({ example: 30 }),
    expressions: z
      .array(z.string())
      .openapi({ description: 'Fields that are expressions (JSONata).', example: ['expression'] }),
    config_schema: JsonSchema.openapi({ description: 'Its configuration, as JSON Schema.' }),
    input_schema: JsonSchema.openapi({ description: 'What comes in, as JSON Schema; {} for anything.' }),
    output_schema: JsonSchema.openapi({ description: 'What it puts out, as JSON Schema; {} for anything.' }),
    example: z
      .object({
        config: z.record(z.string(), z.unknown()).openapi({ example: { expression: 'total > 100' } }),
        input: z.unknown().openapi({ example: { total: 120 } }),
        output: z.unknown().openapi({ example: { total: 120 } }),
      })
      .openapi('NodeTypeExample'),
  })
  .openapi('NodeType');
export type NodeTypeInfo = z.infer<typeof NodeTypeInfo>;
