import { createSystemCtx, type Ctx } from '../context.ts';
import { describeError, logEvent } from '../core/log.ts';
import { isDatabaseUnavailable } from '../db/errors.ts';
import type { Env } from '../env.ts';
import { JOBS, JobMessage, type JobName, type JobPayload } from '../platform/queue/catalog.ts';
import { storeDeadLetter } from './dead-letter.ts';
import { HANDLERS, JOINT_HANDLERS } from './handlers.ts';

const DEAD_LETTER_QUEUE = 'synapscale-dead-letters';

/** After so many real failures a message is put aside. */
const FAILURE_LIMIT = 5;

/** Deliveries after which a message that still waits is sent anew, before the queue gives it up at 100. */
const DELIVERY_LIMIT = 90;

const MAX_DELAY_SECONDS = 15 * 60;

const backoff = (attempt: number) => Math.min(2 ** attempt, MAX_DELAY_SECONDS);

/** Handles each message: acknowledged, tried again later, or put aside where it can be seen. */
export async function consumeBatch(
  batch: MessageBatch,
  env: Env,
  waitUntil: (promise: Promise<unknown>) => void,
): Promise<void> {
  const newCtx = () => createSystemCtx(env, 'queue', waitUntil);
  if (batch.queue === DEAD_LETTER_QUEUE) {
    await Promise.all(batch.messages.map((message) => putAside(newCtx(), message, new Error('given up by the queue'))));
    return;
  }
  const byJob = Map.groupBy(batch.messages, ({ body }) => (body as Partial<JobMessage> | null)?.job);
  await Promise.all(
    [...byJob].map(async ([job, messages]) => {
      if (messages.length > 1 && (await consumeJointly(newCtx(), job, messages))) return;
      await Promise.all(messages.map((message) => consume(newCtx(), message)));
    }),
  );
}

/** Tells whether messages of one job could be handled at once. */
async function consumeJointly(ctx: Ctx, job: unknown, messages: Message[]): Promise<boolean> {
  const name = job as JobName;
  const handle = Object.hasOwn(JOINT_HANDLERS, name) && JOINT_HANDLERS[name];
  if (!handle) return false;
  try {
    await handle(
      ctx,
      messages.map(({ body }) => JOBS[name].parse((body as JobMessage).payload) as JobPayload<typeof name>) as never,
    );
  } catch {
    // Each finds out by itself what is wrong with it.
    return false;
  }
  for (const message of messages) message.ack();
  return true;
}

async function consume(ctx: Ctx, message: Message): Promise<void> {
  const parsed = JobMessage.safeParse(message.body);
  if (!parsed.success || !(parsed.data.job in JOBS)) return putAside(ctx, message, new Error('unknown job'));
  const { job, payload, failures } = parsed.data;
  try {
    await runJob(ctx, job as JobName, payload);
    message.ack();
  } catch (error) {
    if (isDatabaseUnavailable(error)) return waitOutOutage(ctx, message, parsed.data);
    logEvent('warn', 'job_failed', { job, ...idsOf(payload), failures: failures + 1, error: describeError(error) });
    if (failures + 1 >= FAILURE_LIMIT) return putAside(ctx, message, error);
    await sendAgain(ctx, message, { ...parsed.data, failures: failures + 1 }, backoff(failures + 1));
  }
}

function runJob<N extends JobName>(ctx: Ctx, job: N, payload: unknown): Promise<void> {
  return HANDLERS[job](ctx, JOBS[job].parse(payload) as JobPayload<N>);
}

/** What a message is about, by the names that logs have for it: `call_id` for `callId`. */
function idsOf(payload: unknown): Record<string, unknown> {
  const entries = Object.entries(payload ?? {}).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(
    entries.map(([name, id]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), id]),
  );
}

/** An outage is nobody's failure: the message waits, for as long as it takes. */
async function waitOutOutage(ctx: Ctx, message: Message, body: JobMessage): Promise<void> {
  if (message.attempts < DELIVERY_LIMIT) message.retry({ delaySeconds: backoff(message.attempts) });
  else await sendAgain(ctx, message, body, MAX_DELAY_SECONDS);
}

async function sendAgain(ctx: Ctx, message: Message, body: JobMessage, delaySeconds: number): Promise<void> {
  await ctx.env.JOBS.send(body, { delaySeconds });
  message.ack();
}

/** A dead letter that cannot be stored now stays on the queue until it can. */
async function putAside(ctx: Ctx, message: Message, error: unknown): Promise<void> {
  try {
    await storeDeadLetter(ctx, message, error);
    message.ack();
  } catch (storeError) {
    logEvent('error', 'dead_letter_not_stored', { message_id: message.id, error: describeError(storeError) });
    message.retry({ delaySeconds: backoff(message.attempts) });
  }
}
