import { open } from '../../core/crypto.ts';
import { fill, LOCALES, type Locale } from '../../core/locale.ts';
import type { Env } from '../../env.ts';
import { MailError, type Mail } from '../../platform/mail/mailer.ts';
import { outboxKey } from './outbox.ts';
import type { ClaimedMail } from './queries.ts';
import { findTemplate } from './templates.ts';

/** Writes out a mail of the outbox as text and as HTML. @throws {MailError} when it can never be written. */
export async function composeMail(env: Env, row: ClaimedMail): Promise<Mail> {
  const template = findTemplate(row.template);
  // Not permanent: after a rollback the next version will know it again.
  if (!template) throw new MailError(`unknown template ${row.template}`, false);
  const parameters = await openSecrets(env, row, template.secrets);
  const copy = template.copy[LOCALES.find((locale) => locale === row.locale) ?? ('en' satisfies Locale)];
  const [before, after] = [copy.before, copy.after].map((lines) => lines.map((line) => fill(line, parameters)));
  const url = linkTo(env, template.path, parameters.token);
  return {
    id: row.id,
    to: row.recipient,
    subject: fill(copy.subject, parameters),
    text: [...before!, `${copy.button}: ${url}`, ...after!].join('\n\n'),
    html: [...before!.map(paragraph), link(copy.button, url), ...after!.map(paragraph)].join('\n'),
  };
}

async function openSecrets(env: Env, row: ClaimedMail, secrets: readonly string[]): Promise<Record<string, string>> {
  const opened = { ...row.parameters };
  try {
    for (const name of secrets) opened[name] = await open(outboxKey(env), row.parameters[name] ?? '', row.id);
  } catch {
    throw new MailError('the secrets of this mail were sealed under another key', true);
  }
  return opened;
}

function linkTo(env: Env, path: string, token: string | undefined): string {
  const url = new URL(`${env.FRONTEND_URL.replace(/\/+$/, '')}${path}`);
  if (token !== undefined) url.searchParams.set('token', token);
  return url.href;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);

const paragraph = (text: string) => `<p>${escapeHtml(text)}</p>`;

const link = (label: string, url: string) => `<p><a href="${escapeHtml(url)}">${escapeHtml(label)}</a></p>`;
