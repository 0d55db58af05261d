import { z } from '@hono/zod-openapi';
import { DateTime, Uuid } from '../../http/schemas.ts';
import { pathFault } from './path.ts';

const Path = z
  .string()
  .superRefine((path, check) => {
    const fault = pathFault(path);
    if (fault) check.addIssue({ code: 'custom', message: fault });
  })
  .openapi({ description: 'Names divided by `/`, 512 characters at the most.', example: 'reports/2026-11.csv' });

export const FileQuery = z.object({ path: Path });

export const ListFilesQuery = z.object({
  prefix: z
    .string()
    .max(512)
    .refine((prefix) => !prefix.includes('\0') && prefix.isWellFormed(), 'must not contain NUL or broken characters')
    .default('')
    .openapi({ description: 'What their paths begin with.', example: 'reports/' }),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(100)
    .openapi({ description: 'At most so many.', example: 100 }),
  cursor: z.string().max(2_000).optional().openapi({ description: 'The next cursor of the page before.' }),
});

export type ListFilesQuery = z.infer<typeof ListFilesQuery>;

export const WorkflowFile = z
  .object({
    id: Uuid,
    workspace_id: Uuid,
    path: z.string().openapi({ example: 'reports/2026-11.csv' }),
    size_bytes: z.number().int().openapi({ example: 1_024 }),
    content_type: z.string().openapi({ example: 'text/csv' }),
    checksum: z.string().openapi({ description: 'SHA-256 of the content, in hex.', example: 'e3b0c44298fc1c14' }),
    version: z.number().int().openapi({ description: 'Raised whenever it is written.', example: 1 }),
    created_by: Uuid.nullable(),
    updated_by: Uuid.nullable(),
    created_at: DateTime,
    updated_at: DateTime,
  })
  .openapi('WorkflowFile', { description: 'A file that the workflows of a workspace share.' });

export type WorkflowFile = z.infer<typeof WorkflowFile>;
