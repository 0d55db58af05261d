import { z } from '@hono/zod-openapi';
import { Decimal, Uuid } from '../../../http/schemas.ts';
import { ExecutionStatusName, NodeStatusName } from '../schemas.ts';

export const DiffQuery = z.object({
  against: Uuid.optional().openapi({
    description: 'The execution to compare with; the parent where it is left out.',
  }),
});

const change = <S extends z.ZodType>(schema: S) => z.object({ before: schema, after: schema });

const Port = z.string().nullable().openapi({ description: 'The way on.', example: 'output' });

const Digest = z.string().nullable().openapi({ description: 'SHA-256.', example: null });

const fault = {
  code: z.string().nullable().openapi({ description: 'For programs.', example: 'http_status' }),
  message: z.string().openapi({ example: 'The server answered 500.' }),
};

const ValueChange = z
  .object({
    op: z.enum(['add', 'remove', 'replace']).openapi({ example: 'replace' }),
    path: z.string().openapi({ description: 'JSON Pointer (RFC 6901).', example: '/total' }),
    before: z.unknown().openapi({ description: 'Null where nothing was. Long values are told by digest.', example: 1 }),
    after: z.unknown().openapi({ example: 2 }),
  })
  .openapi('ExecutionValueChange');

const OutputChange = z
  .object({
    changes: z.array(ValueChange).openapi({ description: 'Where the values differ, at most 100 of each.' }),
    is_truncated: z.boolean().openapi({ description: 'Whether there are more.' }),
    digests: change(Digest).nullable().openapi({
      description: 'In place of the places, where a value is longer than 16 KiB.',
      example: null,
    }),
  })
  .openapi('ExecutionOutputChange');

const NodeChange = z
  .object({
    node_id: z.string().openapi({ example: 'answer' }),
    iteration: z.array(z.number().int()).openapi({ example: [] }),
    change: z.enum(['added', 'removed', 'changed']).openapi({ example: 'changed' }),
    status: change(NodeStatusName).nullable(),
    port: change(Port).nullable(),
    error: change(z.object(fault).nullable()).nullable(),
    output: OutputChange.nullable(),
    request_changed: z.boolean().openapi({
      description:
        'Whether it asks others for something else: its configuration once filled in, or what came in. Where the record ' +
        'does not tell, whether its configuration in the definition is another.',
      example: false,
    }),
  })
  .openapi('ExecutionNodeChange');

export const ExecutionDiff = z
  .object({
    execution_id: Uuid.openapi({ description: 'What is `after`.' }),
    against_id: Uuid.openapi({ description: 'What is `before`.' }),
    is_equal: z.boolean().openapi({ description: 'Whether there is no difference.', example: false }),
    differences: z
      .number()
      .int()
      .openapi({ description: 'Nodes that differ, and status, error and output.', example: 2 }),
    is_truncated: z.boolean().openapi({ description: 'Whether there are more than are told.', example: false }),
    status: change(ExecutionStatusName).nullable(),
    error: change(
      z
        .object({ ...fault, node_id: z.string().nullable().openapi({ description: 'At fault.', example: 'fetch' }) })
        .nullable(),
    ).nullable(),
    output: OutputChange.nullable(),
    nodes: z.array(NodeChange).openapi({ description: 'At most 1,000; null in a field says that it is the same.' }),
    duration_ms: change(z.number().int().nullable()).openapi({ description: 'No difference by itself.' }),
    cost_usd: change(Decimal).openapi({ description: 'No difference by itself.' }),
  })
  .openapi('ExecutionDiff');
