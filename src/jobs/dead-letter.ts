import type { Ctx } from '../context.ts';
import { describeError, logEvent } from '../core/log.ts';
import { deadLetters } from '../db/schema/index.ts';
import { JobMessage } from '../platform/queue/catalog.ts';

/** Keeps a message that failed for good: whole in object storage first, then as a row that can be found. */
export async function storeDeadLetter(ctx: Ctx, message: Message, error: unknown): Promise<void> {
  const objectKey = `dead-letters/${message.id}.json`;
  const reason = String(describeError(error).message);
  await ctx.env.STORAGE.put(objectKey, JSON.stringify({ body: message.body, attempts: message.attempts, reason }));
  await ctx.db
    .insert(deadLetters)
    .values({
      messageId: message.id,
      job: JobMessage.safeParse(message.body).data?.job ?? 'unknown',
      objectKey,
      error: reason.slice(0, 1000),
    })
    .onConflictDoNothing();
  logEvent('error', 'dead_letter', { message_id: message.id, object_key: objectKey });
}
