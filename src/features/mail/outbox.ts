import type { SQL } from 'drizzle-orm';
import type { Ctx } from '../../context.ts';
import { deriveKey, seal } from '../../core/crypto.ts';
import type { Env } from '../../env.ts';
import {
  deleteQueuedMail,
  insertMailToOutsider,
  insertMails,
  insertMailToUsers,
  type Letter,
  type Outsider,
} from './queries.ts';
import { TEMPLATES, type TemplateName, type TemplateParameters } from './templates.ts';

export const outboxKey = (env: Pick<Env, 'AUTH_SECRET'>) => deriveKey(env.AUTH_SECRET, 'outbox');

/**
 * Writes a mail. Its secrets are sealed for this row alone: copied into another one they do not open.
 * @param id one that is made of what it tells has it sent once
 */
export async function writeLetter<T extends TemplateName>(
  ctx: Ctx,
  template: T,
  parameters: TemplateParameters<T>,
  id: string = crypto.randomUUID(),
): Promise<Letter> {
  const sealed: Record<string, string> = {};
  for (const [name, value] of Object.entries<string>(parameters)) {
    const isSecret = (TEMPLATES[template].secrets as readonly string[]).includes(name);
    sealed[name] = isSecret ? await seal(outboxKey(ctx.env), value, id) : value;
  }
  return { id, template, parameters: sealed };
}

/**
 * The statement that queues a letter to the account that `whom` selects (a condition on `users`), in that account's
 * language. It belongs into the batch with the change that the letter tells of, so that neither is without the other.
 */
export function queueLetter(ctx: Ctx, letter: Letter, whom: SQL) {
  return insertMailToUsers(ctx.db, letter, whom);
}

/** The same for a letter that a member of a workspace has sent to an address, whether or not that has an account. */
export function queueLetterOutside(ctx: Ctx, letter: Letter, outsider: Outsider) {
  return insertMailToOutsider(ctx.db, letter, outsider);
}

/**
 * The end of a statement that queues letters to many accounts and notes before what they tell of; `letters` selects
 * `id`, `user_id` and `parameters`, and the ids of those that were written come back. For templates without secrets.
 */
export const queueLetters = (template: TemplateName, letters: SQL): SQL => insertMails(template, letters);

/** The statement that takes a letter back, as long as it waits; `which` selects its id. */
export function withdrawLetter(ctx: Ctx, which: SQL) {
  return deleteQueuedMail(ctx.db, which);
}

/** Has queued letters delivered now, by their ids. */
export async function dispatchLetters(ctx: Ctx, ids: string[]): Promise<void> {
  await ctx.jobs.send('mail.deliver', ...ids.map((mailId) => ({ mailId })));
}

/** Has a queued letter delivered now. Should the message be lost, the sweep sends it again. */
export function dispatchLetter(ctx: Ctx, letter: Letter): void {
  ctx.waitUntil(ctx.jobs.send('mail.deliver', { mailId: letter.id }));
}
