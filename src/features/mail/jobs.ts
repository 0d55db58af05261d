import type { Ctx } from '../../context.ts';
import { logEvent } from '../../core/log.ts';
import { DAY } from '../../core/time.ts';
import { purge } from '../../db/purge.ts';
import { MailError } from '../../platform/mail/mailer.ts';
import { composeMail } from './compose.ts';
import * as queries from './queries.ts';
import { findTemplate } from './templates.ts';

/** Longer than any attempt takes, so that nobody else tries meanwhile. */
const LEASE_SECONDS = 120;

/** The sweep comes every minute: a shorter wait would not be shorter. */
const FIRST_RETRY_SECONDS = 60;
const LONGEST_RETRY_SECONDS = 60 * 60;

const SWEEP_LIMIT = 500;
const KEEP_DONE_MS = 30 * DAY;

/**
 * Sends one mail of the outbox. The row is claimed first, so that a second delivery of the message does nothing; the
 * row's id as the provider's idempotency key covers an attempt that sent and could not say so.
 */
export async function deliverMail(ctx: Ctx, { mailId }: { mailId: string }): Promise<void> {
  const mail = await queries.claimMail(ctx.db, mailId, LEASE_SECONDS);
  if (!mail) return;
  try {
    await ctx.mailer.send(await composeMail(ctx.env, mail));
  } catch (error) {
    return recordFailure(ctx, mail, error);
  }
  await queries.markMailSent(ctx.db, mail.id);
}

async function recordFailure(ctx: Ctx, mail: queries.ClaimedMail, error: unknown): Promise<void> {
  const permanent = error instanceof MailError && error.permanent;
  const delaySeconds = Math.min(FIRST_RETRY_SECONDS * 2 ** (mail.attempts - 1), LONGEST_RETRY_SECONDS);
  const uselessAt = mail.createdAt.getTime() + (findTemplate(mail.template)?.usefulForMs ?? DAY);
  const givenUp = permanent || Date.now() + delaySeconds * 1000 > uselessAt;
  // What the provider said may quote the address: it stays in the row, which is erased with the account.
  logEvent('warn', 'mail_not_sent', {
    mail_id: mail.id,
    template: mail.template,
    attempts: mail.attempts,
    given_up: givenUp,
  });
  const reason = String(error instanceof Error ? error.message : error).slice(0, 500);
  if (givenUp) await queries.markMailFailed(ctx.db, mail, reason);
  else await queries.postponeMail(ctx.db, mail, reason, delaySeconds);
}

/** Sends every due mail again as a message: for retries, and for messages that were lost. */
export async function sweepOutbox(ctx: Ctx): Promise<void> {
  const due = await queries.findDueMails(ctx.db, SWEEP_LIMIT);
  if (due.length > 0) await ctx.jobs.send('mail.deliver', ...due.map((mailId) => ({ mailId })));
}

/** Deletes mails that were sent or given up 30 days ago. */
export async function purgeOutbox(ctx: Ctx, now: Date): Promise<void> {
  await purge((limit) => queries.deleteDoneMails(ctx.db, new Date(now.getTime() - KEEP_DONE_MS), limit));
}
