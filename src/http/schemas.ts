import { z } from '@hono/zod-openapi';

export const Uuid = z.uuid().openapi({ example: '7a1f6c1e-6f0e-4c5a-9d7e-2b8a2a1f0c11' });

/** The database knows no year 0, and reads no text without end. */
export const DateTime = z.iso
  .datetime()
  .refine((time) => !time.startsWith('0000') && time.length <= 64, 'must be of the year 1 or later, in 64 characters')
  .openapi({ example: '2026-01-31T12:00:00.000Z' });

/** An exact decimal as a string, beside the number that older clients read. */
export const Decimal = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/)
  .openapi({ example: '0.000125' });

export const Message = z
  .object({ message: z.string().openapi({ example: 'Done.' }) })
  .openapi('Message', { description: 'What was done, in the language of the request.' });

/** A line of text from a client: trimmed, without control characters and halves of surrogate pairs. */
export const line = (min: number, max: number) =>
  z
    .string()
    .trim()
    .min(min)
    .max(max)
    .refine((value) => !/[\p{Cc}\p{Cs}]/u.test(value), 'must not contain control characters');

/** Text of any shape but what PostgreSQL or UTF-8 cannot hold: NUL, and halves of surrogate pairs. */
export const text = (min: number, max: number) =>
  z
    .string()
    .min(min)
    .max(max)
    .refine((value) => !value.includes('\0') && value.isWellFormed(), 'must not contain NUL or broken characters');

export const WorkspaceParams = z.object({
  workspace_id: Uuid.openapi({ param: { name: 'workspace_id', in: 'path' }, description: 'The workspace.' }),
});

export const ProjectParams = z.object({
  project_id: Uuid.openapi({ param: { name: 'project_id', in: 'path' }, description: 'The project.' }),
});

/** Selects the workspace of a request; without it the personal one. */
export const WorkspaceHeader = z.object({
  'x-workspace-id': Uuid.optional().openapi({
    description: 'The workspace that the request is about; the personal one where it is absent.',
  }),
});

export const NEXT_CURSOR_HEADER = 'X-Next-Cursor';

/** For answers whose body is a bare array. */
export const NextCursorHeaders = z.object({
  [NEXT_CURSOR_HEADER]: z.string().optional().openapi({ description: 'Pass as cursor to read on; absent at the end.' }),
});

/** For answers that say it in their body. */
export const NextCursor = z.string().nullable().openapi({ description: 'Pass as cursor to read on; null at the end.' });

/** `limit` and `offset` as older clients send them, and `cursor`, which wins over `offset`. */
export const listQuery = (defaultLimit: number, maxLimit: number) =>
  z.object({
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(maxLimit)
      .default(defaultLimit)
      .openapi({ description: 'At most so many.', example: defaultLimit }),
    offset: z.coerce
      .number()
      .int()
      .min(0)
      .max(1_000_000)
      .default(0)
      .openapi({ description: 'Leaves out so many first.' }),
    cursor: z
      .string()
      .max(200)
      .optional()
      .openapi({ description: 'The next_cursor of the page before; wins over offset.' }),
  });

/** `page` and `size` as older clients send them; `limit` says the same as `size`, and `cursor` wins over `page`. */
export const pageQuery = (defaultSize: number, maxSize: number) =>
  z.object({
    page: z.coerce.number().int().min(1).max(100_000).default(1).openapi({ description: 'From 1.', example: 1 }),
    size: z.coerce
      .number()
      .int()
      .min(1)
      .max(maxSize)
      .default(defaultSize)
      .openapi({ description: 'At most so many.', example: defaultSize }),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(maxSize)
      .optional()
      .openapi({ description: 'Another name for size, which wins.', example: defaultSize }),
    cursor: z
      .string()
      .max(200)
      .optional()
      .openapi({ description: 'The next_cursor of the page before; wins over page.' }),
  });

/** What answers a {@link pageQuery}. */
export const pageOf = <S extends z.ZodType>(item: S) =>
  z.object({
    items: z.array(item),
    total: z.number().int().openapi({ description: 'How many fit the filters, on all pages.', example: 42 }),
    page: z.number().int().openapi({ example: 1 }),
    size: z.number().int().openapi({ example: 20 }),
    pages: z.number().int().openapi({ example: 3 }),
    next_cursor: NextCursor,
  });

/** A body as it comes. */
export const AnyBytes = z.string().openapi({ description: 'Bytes of whatever type the sender says.', example: '{}' });
