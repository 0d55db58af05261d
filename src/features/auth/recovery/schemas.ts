import { z } from '@hono/zod-openapi';
import { Email, NewPassword } from '../schemas.ts';

const MailToken = z.string().min(1).max(500).openapi({ description: 'From the link in the mail.' });

export const VerifyEmailRequest = z.object({ token: MailToken }).openapi('VerifyEmailRequest');

export const ForgotPasswordRequest = z.object({ email: Email }).openapi('ForgotPasswordRequest');

export const ResetPasswordRequest = z
  .object({ token: MailToken, new_password: NewPassword })
  .openapi('ResetPasswordRequest');

export type ResetPasswordRequest = z.infer<typeof ResetPasswordRequest>;
