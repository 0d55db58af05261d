import { open } from '../../core/crypto.ts';
import { escapeHtml } from '../../core/html.ts';
import { fill, LOCALES, type Locale } from '../../core/locale.ts';
import type { Env } from '../../env.ts';
import { MailError, type Mail } from '../../platform/mail/mailer.ts';
import { outboxKey } from './outbox.ts';
import type { ClaimedMail } from './queries.ts';
import { showName } from './plain-name.ts';
import { findTemplate } from './templates.ts';

/** Writes out a mail of the outbox as text and as HTML. @throws {MailError} when it can never be written. */
export async function composeMail(env: Env, row: ClaimedMail): Promise<Mail> {
  const template = findTemplate(row.template);
  // Not permanent: after a rollback the next version will know it again.
  if (!template) throw new MailError(`unknown template ${row.template}`, false);
  const parameters = await openSecrets(env, row, template.secrets);
  for (const name of template.names ?? []) parameters[name] = showName(parameters[name], parameters[`${name}_slug`]);
  const locale = LOCALES.find((known) => known === row.locale) ?? ('en' satisfies Locale);
  const copy = template.copy[locale];
  // A parameter of several lines makes as many paragraphs.
  const write = (lines: string[]) => lines.flatMap((line) => fill(line, parameters).split('\n'));
  const parts: Part[] = [
    ...write(copy.before),
    { label: copy.button, url: linkTo(env, template.path, parameters.token) },
    ...write(copy.after),
    ...(template.optOut ? [{ label: template.optOut.label[locale], url: linkTo(env, template.optOut.path) }] : []),
  ];
  return {
    id: row.id,
    to: row.recipient,
    subject: fill(copy.subject, parameters),
    text: parts.map(toText).join('\n\n'),
    html: parts.map(toHtml).join('\n'),
  };
}

/** A paragraph, or a link by itself. */
type Part = string | { label: string; url: string };

async function openSecrets(env: Env, row: ClaimedMail, secrets: readonly string[]): Promise<Record<string, string>> {
  const opened = { ...row.parameters };
  try {
    for (const name of secrets) opened[name] = await open(outboxKey(env), row.parameters[name] ?? '', row.id);
  } catch {
    throw new MailError('the secrets of this mail were sealed under another key', true);
  }
  return opened;
}

function linkTo(env: Env, path: string, token?: string): string {
  const url = new URL(`${env.FRONTEND_URL.replace(/\/+$/, '')}${path}`);
  if (token !== undefined) url.searchParams.set('token', token);
  return url.href;
}

const toText = (part: Part) => (typeof part === 'string' ? part : `${part.label}: ${part.url}`);

function toHtml(part: Part): string {
  if (typeof part === 'string') return `<p>${escapeHtml(part)}</p>`;
  return `<p><a href="${escapeHtml(part.url)}">${escapeHtml(part.label)}</a></p>`;
}
