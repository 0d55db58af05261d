import { endpoint } from '../../../http/endpoint.ts';
import { message } from '../../../http/messages.ts';
import { body, json } from '../../../http/respond.ts';
import { createRouter } from '../../../http/router.ts';
import { Message } from '../../../http/schemas.ts';
import { ForgotPasswordRequest, ResetPasswordRequest, VerifyEmailRequest } from './schemas.ts';
import { requestPasswordReset, resendVerification, resetPassword, verifyEmail } from './service.ts';

export const recoveryRouter = createRouter();

const TAG = 'Authentication';

recoveryRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/auth/verify-email',
    operationId: 'verifyEmail',
    summary: 'Confirm an e-mail address',
    tag: TAG,
    access: 'public',
    rateLimit: 'credentials',
    request: { body: body(VerifyEmailRequest) },
    responses: { 200: json('The address is confirmed.', Message) },
    errors: ['invalid_mail_token', 'database_unavailable'],
  }),
  async (c) => {
    await verifyEmail(c.var.ctx, c.req.valid('json').token);
    return c.json(message(c, { en: 'E-mail address confirmed.', pt: 'Email verificado com sucesso' }), 200);
  },
);

recoveryRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/auth/resend-verification',
    operationId: 'resendVerification',
    summary: 'Send the confirmation mail again',
    description:
      'Answers the same whether or not there is something left to confirm. Mails that follow closely are not sent.',
    tag: TAG,
    access: 'account',
    rateLimit: 'credentials',
    responses: { 200: json('Understood.', Message) },
  }),
  async (c) => {
    await resendVerification(c.var.ctx);
    const text = {
      en: 'If your address is not confirmed yet, a new mail is on its way.',
      pt: 'Se o seu email ainda não foi verificado, um novo email de verificação será enviado.',
    };
    return c.json(message(c, text), 200);
  },
);

recoveryRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/auth/forgot-password',
    operationId: 'requestPasswordReset',
    summary: 'Ask for a mail to reset a password',
    description: 'Answers the same whether or not the address has an account. Mails that follow closely are not sent.',
    tag: TAG,
    access: 'public',
    rateLimit: 'credentials',
    request: { body: body(ForgotPasswordRequest) },
    responses: { 200: json('Understood.', Message) },
    errors: ['database_unavailable'],
  }),
  async (c) => {
    await requestPasswordReset(c.var.ctx, c.req.valid('json').email);
    const text = {
      en: 'If the address has an account, a mail with instructions is on its way.',
      pt: 'Se o email estiver cadastrado, você receberá instruções para redefinir sua senha.',
    };
    return c.json(message(c, text), 200);
  },
);

recoveryRouter.openapi(
  endpoint({
    method: 'post',
    path: '/api/v1/auth/reset-password',
    operationId: 'resetPassword',
    summary: 'Set a new password with a token from a mail',
    description: 'Ends all sessions of the account. The token works once, within an hour.',
    tag: TAG,
    access: 'public',
    rateLimit: 'credentials',
    request: { body: body(ResetPasswordRequest) },
    responses: { 200: json('The password is changed.', Message) },
    errors: ['invalid_mail_token', 'database_unavailable'],
  }),
  async (c) => {
    await resetPassword(c.var.ctx, c.req.valid('json'));
    return c.json(message(c, { en: 'Password reset.', pt: 'Senha redefinida com sucesso' }), 200);
  },
);
