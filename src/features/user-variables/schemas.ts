import { z } from '@hono/zod-openapi';
import { DateTime, line, NextCursor, text, Uuid } from '../../http/schemas.ts';

/** Names that programs on a machine give a meaning of their own. */
const RESERVED_KEYS = [
  'PATH',
  'HOME',
  'USER',
  'SHELL',
  'PWD',
  'LANG',
  'LC_ALL',
  'PYTHONPATH',
  'VIRTUAL_ENV',
  'NODE_ENV',
  'PORT',
];

export const VALUE_LIMIT = 10_000;

const Key = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .regex(/^[A-Za-z]\w*$/, 'must be a letter and then letters, digits and underscores')
  .toUpperCase()
  .refine((key) => !RESERVED_KEYS.includes(key), 'is reserved')
  .openapi({
    description: 'Kept in upper case. Names of the system, such as PATH, are reserved.',
    example: 'CRM_TOKEN',
  });

const Value = text(0, VALUE_LIMIT).openapi({
  description: 'Kept encrypted; it is never shown again.',
  example: 'invented-token-0001a2B',
});

const Description = line(0, 500).nullish().openapi({ example: 'For the nightly import' });
const Category = line(0, 100).nullish().openapi({ example: 'crm' });

const IsEncrypted = z
  .boolean()
  .optional()
  .openapi({ description: 'Accepted and ignored: every value is encrypted.', example: true });

export const UserVariableCreate = z
  .object({
    key: Key,
    value: Value,
    description: Description,
    is_encrypted: IsEncrypted,
    is_active: z.boolean().default(true).openapi({ description: 'Whether references find it.' }),
    category: Category,
  })
  .openapi('UserVariableCreate');

export type UserVariableCreate = z.infer<typeof UserVariableCreate>;

export const UserVariableUpdate = z
  .object({
    key: Key.optional(),
    value: Value.optional(),
    description: Description,
    is_encrypted: IsEncrypted,
    is_active: z.boolean().optional(),
    category: Category,
  })
  .openapi('UserVariableUpdate', { description: 'What is absent stays; null empties a description or category.' });

export type UserVariableUpdate = z.infer<typeof UserVariableUpdate>;

export const MaskedValue = z
  .string()
  .openapi({ description: 'Masked: `****`, and the last four characters of a long value.', example: '****1a2B' });

export const UserVariable = z
  .object({
    id: Uuid,
    key: z.string().openapi({ example: 'CRM_TOKEN' }),
    value: MaskedValue,
    description: z.string().nullable().openapi({ example: 'For the nightly import' }),
    category: z.string().nullable().openapi({ example: 'crm' }),
    is_active: z.boolean(),
    is_encrypted: z.literal(true),
    version: z.number().int().openapi({ description: 'Rises with every change; the ETag is made of it.', example: 1 }),
    created_at: DateTime,
    updated_at: DateTime,
  })
  .openapi('UserVariable');

export type UserVariable = z.infer<typeof UserVariable>;

export const SORT_FIELDS = ['key', 'category', 'created_at', 'updated_at'] as const;

export type SortField = (typeof SORT_FIELDS)[number];

/** A flag as clients spell it in a query: `true`, `1`, `yes`, `on`, or their opposites, in any case. */
const Flag = z.stringbool().openapi({ type: 'boolean', example: true });

export const ListVariablesQuery = z.object({
  skip: z.coerce.number().int().min(0).max(1_000_000).default(0).openapi({ description: 'Leaves out so many first.' }),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(500)
    .default(100)
    .openapi({ description: 'At most so many.', example: 100 }),
  search: z.string().max(255).optional().openapi({ description: 'A part of the key or the description.' }),
  is_active: Flag.optional().openapi({ description: 'Only active or only inactive ones.' }),
  category: z.string().max(100).optional().openapi({ description: 'Only those of this category.', example: 'crm' }),
  sort_by: z.enum(SORT_FIELDS).default('key').openapi({ description: 'The field that orders the list.' }),
  sort_order: z.enum(['asc', 'desc']).default('asc').openapi({ description: 'Upwards or downwards.' }),
  include_values: Flag.optional().openapi({ description: 'Accepted; values are masked in either case.' }),
  cursor: z
    .string()
    .max(2000)
    .optional()
    .openapi({ description: 'The next_cursor of the page before, in the same order; wins over skip.' }),
});

export type ListVariablesQuery = z.infer<typeof ListVariablesQuery>;

export const UserVariableList = z
  .object({
    variables: z.array(UserVariable),
    total: z.number().int().openapi({ description: 'How many fit the filters, on all pages.' }),
    categories: z
      .array(z.string())
      .openapi({ description: 'Every category that is in use, whatever the filters.', example: ['crm'] }),
    next_cursor: NextCursor,
  })
  .openapi('UserVariableList');

export type UserVariableList = z.infer<typeof UserVariableList>;

export const VariableParams = z.object({
  variable_id: Uuid.openapi({ param: { name: 'variable_id', in: 'path' }, description: 'The variable.' }),
});

export const MaskingReport = z
  .object({
    rule: z.string().openapi({ example: 'A value of 12 characters or more is shown as **** and its last 4.' }),
    test_results: z
      .record(z.string(), z.object({ original_length: z.number().int(), masked: MaskedValue }).openapi('MaskedSample'))
      .openapi({ description: 'Invented values, masked.' }),
  })
  .openapi('MaskingReport');

export type MaskingReport = z.infer<typeof MaskingReport>;
