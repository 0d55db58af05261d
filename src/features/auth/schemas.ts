import { z } from '@hono/zod-openapi';
import { DateTime, line, Uuid } from '../../http/schemas.ts';

export const UserProfile = z
  .object({
    id: Uuid,
    email: z.email().openapi({ example: 'maria@example.com' }),
    username: z.string().openapi({ example: 'maria' }),
    first_name: z.string().nullable().openapi({ example: 'Maria' }),
    last_name: z.string().nullable().openapi({ example: 'da Silva' }),
    full_name: z.string().openapi({ example: 'Maria da Silva' }),
    avatar_url: z.string().nullable().openapi({ description: 'The same as profile_image_url.' }),
    profile_image_url: z.string().nullable().openapi({ example: 'https://example.com/maria.png' }),
    bio: z.string().nullable().openapi({ description: 'What the user says about themselves.' }),
    is_active: z.boolean(),
    is_verified: z.boolean().openapi({ description: 'Whether the e-mail address is confirmed.' }),
    is_superuser: z.boolean(),
    role: z.enum(['admin', 'user']).openapi({ description: '`admin` for administrators of the platform.' }),
    created_at: DateTime,
    updated_at: DateTime,
  })
  .openapi('UserProfile');

export type UserProfile = z.infer<typeof UserProfile>;

export const EMAIL_MAX = 254;

/**
 * An address as it is stored: in lower case (RFC 5321 limits its length). Checked before it is changed, because other
 * letters than ASCII's become ASCII's in lower case, such as the sign for kelvin.
 */
export const Email = z
  .string()
  .trim()
  .max(EMAIL_MAX)
  .pipe(z.email())
  .transform((address) => address.toLowerCase())
  .openapi({ type: 'string', format: 'email', maxLength: EMAIL_MAX, example: 'maria@example.com' });

/** A name to log in by. Whether there is such an account is for the login to say. */
export const Login = line(1, EMAIL_MAX);

/** A password as somebody claims it: rules for new ones do not apply, and nothing is trimmed. */
export const ClaimedPassword = z.string().min(1).max(1000).openapi({ format: 'password', example: 'Correct-Horse-7' });

/** The four rules below as one expression, for the document. */
const STRONG = /^(?=.*[A-Z])(?=.*[a-z])(?=.*\d)(?=.*[!@#$%^&*(),.?":{}|<>])/.source;

export const NewPassword = z
  .string()
  .min(8)
  .max(100)
  .regex(/[A-Z]/, 'must contain an upper-case letter')
  .regex(/[a-z]/, 'must contain a lower-case letter')
  .regex(/\d/, 'must contain a digit')
  .regex(/[!@#$%^&*(),.?":{}|<>]/, 'must contain one of !@#$%^&*(),.?":{}|<>')
  .openapi({
    format: 'password',
    pattern: STRONG,
    example: 'Correct-Horse-7!',
    description: 'With an upper-case letter, a lower-case letter, a digit, and one of `!@#$%^&*(),.?":{}|<>`.',
  });
