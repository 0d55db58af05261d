import { z } from '@hono/zod-openapi';
import { enveloped } from '../../../http/messages.ts';
import { line } from '../../../http/schemas.ts';
import { ClaimedPassword, Email, NewPassword, UserProfile } from '../schemas.ts';

export const RegisterRequest = z
  .object({
    email: Email,
    username: z
      .string()
      .trim()
      .min(3)
      .max(50)
      .regex(/^[a-zA-Z0-9_-]+$/, 'may contain letters, digits, _ and -')
      .openapi({ description: 'Upper and lower case make no difference.', example: 'maria' }),
    full_name: line(2, 200).openapi({ example: 'Maria da Silva' }),
    password: NewPassword,
    confirm_password: z.string().max(1000).nullish().openapi({ description: 'If given, the same as password.' }),
    terms_accepted: z.boolean().nullish(),
    marketing_consent: z.boolean().nullish(),
  })
  .refine(({ password, confirm_password }) => (confirm_password ?? password) === password, {
    path: ['confirm_password'],
    message: 'must be the same as password',
  })
  .openapi('RegisterRequest');

export type RegisterRequest = z.infer<typeof RegisterRequest>;

export const ProfileAnswer = enveloped(UserProfile, 'ProfileAnswer');

export const ChangePasswordRequest = z
  .object({ current_password: ClaimedPassword, new_password: NewPassword })
  .openapi('ChangePasswordRequest');

export type ChangePasswordRequest = z.infer<typeof ChangePasswordRequest>;

export const DeleteAccountRequest = z.object({ password: ClaimedPassword }).openapi('DeleteAccountRequest');
