import { z } from 'zod';

/** Every job and what its message carries: ids alone, since the row is the truth. New fields must be optional. */
export const JOBS = {
  'activity.follow-up': z.object({ activityId: z.uuid() }),
  'executions.drop': z.object({ workspaceId: z.uuid(), executionIds: z.array(z.uuid()) }),
  'event.fire': z.object({ firingId: z.uuid() }),
  'integration.deliver': z.object({ deliveryId: z.uuid() }),
  'llm.settle': z.object({ callId: z.uuid() }),
  'mail.deliver': z.object({ mailId: z.uuid() }),
} as const;

export type JobName = keyof typeof JOBS;

export type JobPayload<N extends JobName> = z.infer<(typeof JOBS)[N]>;

/** A message on the queue. `failures` counts real failures; times when the database was away do not count. */
export const JobMessage = z.object({
  job: z.string(),
  payload: z.unknown(),
  failures: z.number().int().default(0),
});

export type JobMessage = z.infer<typeof JobMessage>;
