import type { Locale } from '../../core/locale.ts';
import { DAY, HOUR } from '../../core/time.ts';

/** The words of a mail. Parameters stand in braces. */
type Copy = { subject: string; before: string[]; button: string; after: string[] };

type Template = {
  /** Parameters that open something: encrypted while they wait. `token` goes into the link. */
  secrets: readonly string[];
  /** The page of the web client that the button leads to. */
  path: string;
  /** After so long the mail is of no use any more, and is given up instead of being tried again. */
  usefulForMs: number;
  copy: Record<Locale, Copy>;
};

/**
 * Every mail that can be sent. They greet by user name, whose characters are restricted, and hold no text that somebody
 * chose freely: registering a stranger's address must not be a way to write to that stranger.
 */
export const TEMPLATES = {
  verify_email: {
    secrets: ['token'],
    path: '/verify-email',
    usefulForMs: DAY,
    copy: {
      en: {
        subject: 'Confirm your e-mail address',
        before: ['Hello {username},', 'please confirm that this address belongs to your SynapScale account.'],
        button: 'Confirm address',
        after: ['The link works once, within 24 hours.', 'If you did not register, you can ignore this message.'],
      },
      pt: {
        subject: 'Confirme seu endereço de email',
        before: ['Olá {username},', 'confirme que este endereço pertence à sua conta SynapScale.'],
        button: 'Confirmar endereço',
        after: ['O link funciona uma única vez, por 24 horas.', 'Se você não se cadastrou, ignore esta mensagem.'],
      },
    },
  },
  reset_password: {
    secrets: ['token'],
    path: '/reset-password',
    usefulForMs: HOUR,
    copy: {
      en: {
        subject: 'Reset your password',
        before: ['Hello {username},', 'somebody asked to reset the password of your SynapScale account.'],
        button: 'Choose a new password',
        after: [
          'The link works once, within one hour.',
          'If it was not you, you can ignore this message: your password stays as it is.',
        ],
      },
      pt: {
        subject: 'Redefina sua senha',
        before: ['Olá {username},', 'alguém pediu a redefinição da senha da sua conta SynapScale.'],
        button: 'Escolher nova senha',
        after: [
          'O link funciona uma única vez, por uma hora.',
          'Se não foi você, ignore esta mensagem: sua senha continua a mesma.',
        ],
      },
    },
  },
  password_changed: {
    secrets: [],
    path: '/',
    usefulForMs: 3 * DAY,
    copy: {
      en: {
        subject: 'Your password was changed',
        before: ['Hello {username},', 'the password of your SynapScale account was changed just now.'],
        button: 'Open SynapScale',
        after: ['If it was not you, reset your password at once with “Forgot password”.'],
      },
      pt: {
        subject: 'Sua senha foi alterada',
        before: ['Olá {username},', 'a senha da sua conta SynapScale acaba de ser alterada.'],
        button: 'Abrir o SynapScale',
        after: ['Se não foi você, redefina sua senha imediatamente em “Esqueci minha senha”.'],
      },
    },
  },
} as const satisfies Record<string, Template>;

export type TemplateName = keyof typeof TEMPLATES;

/** What a template needs besides the account's user name. */
export type TemplateParameters<T extends TemplateName> = Record<(typeof TEMPLATES)[T]['secrets'][number], string>;

/** The template of a row, which an older or newer version of this code may have written. */
export function findTemplate(name: string): Template | undefined {
  return Object.hasOwn(TEMPLATES, name) ? TEMPLATES[name as TemplateName] : undefined;
}
