import { z } from 'zod';

/** As long as anything waits, in days and seconds. */
export const LONGEST_WAIT_DAYS = 30;
export const LONGEST_WAIT_SECONDS = LONGEST_WAIT_DAYS * 24 * 60 * 60;

const FIELDS_LIMIT = 20;
const FORM_LENGTH = 16_000;

const TYPES = {
  text: { type: 'string', maxLength: 1_000 },
  textarea: { type: 'string', maxLength: 10_000, format: 'textarea' },
  email: { type: 'string', maxLength: 320, format: 'email' },
  date: { type: 'string', maxLength: 10, format: 'date' },
  number: { type: 'number' },
  integer: { type: 'integer' },
  boolean: { type: 'boolean' },
  select: { type: 'string' },
} as const;

const Field = z
  .looseObject({
    name: z.string().regex(/^[A-Za-z_]\w{0,63}$/, 'must be a name of letters, digits and _'),
    label: z.string().max(200).optional(),
    type: z.enum(Object.keys(TYPES) as [keyof typeof TYPES, ...(keyof typeof TYPES)[]]).default('text'),
    required: z.boolean().default(false),
    options: z.array(z.string().max(200)).min(1).max(50).optional(),
  })
  .refine(({ type, options }) => type !== 'select' || options !== undefined, {
    path: ['options'],
    message: 'is needed for a field of the type select',
  });

/** What an answer's data must be: a list of fields, or JSON Schema for an object. */
export const WaitForm = z
  .union([z.array(Field).max(FIELDS_LIMIT), z.record(z.string(), z.unknown())])
  .refine((form) => JSON.stringify(form).length <= FORM_LENGTH, `must have at most ${FORM_LENGTH} characters`);

/** The form as JSON Schema. */
export function toFormSchema(form: z.infer<typeof WaitForm> | undefined): Record<string, unknown> | null {
  if (form === undefined) return null;
  if (!Array.isArray(form)) return Object.keys(form).length === 0 ? null : form;
  if (form.length === 0) return null;
  return {
    type: 'object',
    properties: Object.fromEntries(
      form.map(({ name, label, type, options }) => [
        name,
        { ...TYPES[type], ...(label !== undefined && { title: label }), ...(options && { enum: options }) },
      ]),
    ),
    // The database keeps no order of names.
    'x-order': form.map(({ name }) => name),
    required: form.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
}

export const waitSeconds = (seconds: number) =>
  z.coerce
    .number()
    .min(1)
    .max(LONGEST_WAIT_SECONDS)
    .default(seconds)
    .meta({
      description: `Goes on by \`timeout\` after so many seconds, ${LONGEST_WAIT_DAYS} days at the most; waiting does not count as time of the execution.`,
    });
