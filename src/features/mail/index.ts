export { deliverMail, purgeOutbox, sweepOutbox } from './jobs.ts';
export { dispatchLetter, queueLetter, writeLetter } from './outbox.ts';
export type { Letter } from './queries.ts';
