import { createSystemCtx, type Ctx } from '../context.ts';
import { describeError, logEvent } from '../core/log.ts';
import type { Env } from '../env.ts';
import { sweepActivities } from '../features/activities/index.ts';
import { purgeCredentials } from '../features/auth/index.ts';
import { purgeExecutions, sweepExecutions } from '../features/executions/index.ts';
import { purgeDeliveries, resealIntegrations, sweepDeliveries } from '../features/integrations/index.ts';
import {
  purgeCachedAnswers,
  purgeContents,
  purgeDecisions,
  refreshHealth,
  resealEndpoints,
  sweepUnsettledCalls,
} from '../features/llm/index.ts';
import { purgeOutbox, sweepOutbox } from '../features/mail/index.ts';
import { purgeNotifications, sendDigests } from '../features/notifications/index.ts';
import { purgeDeprecatedCalls, tellDeprecatedCallers } from '../features/operations/index.ts';
import { purgeProjects } from '../features/projects/index.ts';
import {
  purgeCalls,
  purgeFirings,
  purgeOccurrences,
  resealWebhooks,
  runSchedules,
  sweepFirings,
} from '../features/triggers/index.ts';
import { rollUpUsage } from '../features/usage/index.ts';
import { resealVariables } from '../features/user-variables/index.ts';
import { purgeWorkflowVersions } from '../features/workflows/index.ts';
import { closeInvitations, purgeWorkspaces } from '../features/workspaces/index.ts';
import { purgeClaims } from './claims.ts';
import { recordRun } from './queries.ts';

type Task = { name: string; run: (ctx: Ctx, now: Date) => Promise<void> };

const EVERY_MINUTE: Task[] = [
  // First: it is what people look at the clock for.
  { name: 'schedules.run', run: runSchedules },
  { name: 'activities.sweep', run: sweepActivities },
  { name: 'executions.sweep', run: sweepExecutions },
  { name: 'events.sweep', run: sweepFirings },
  { name: 'integrations.sweep', run: sweepDeliveries },
  { name: 'llm.sweep', run: sweepUnsettledCalls },
  { name: 'mail.sweep', run: sweepOutbox },
];
const EVERY_FIVE_MINUTES: Task[] = [{ name: 'llm.health', run: refreshHealth }];
const EVERY_HOUR: Task[] = [
  { name: 'llm-contents.purge', run: purgeContents },
  { name: 'llm.purge-decisions', run: purgeDecisions },
  { name: 'llm.purge-cache', run: purgeCachedAnswers },
  { name: 'usage.roll-up', run: rollUpUsage },
  { name: 'mail.purge', run: purgeOutbox },
  { name: 'notifications.digest', run: sendDigests },
  { name: 'notifications.purge', run: purgeNotifications },
  { name: 'auth.purge', run: purgeCredentials },
  { name: 'claims.purge', run: purgeClaims },
  { name: 'workspaces.purge', run: purgeWorkspaces },
  { name: 'invitations.expire', run: closeInvitations },
  { name: 'deprecated-calls.tell', run: tellDeprecatedCallers },
  { name: 'deprecated-calls.purge', run: purgeDeprecatedCalls },
  { name: 'projects.purge', run: purgeProjects },
  { name: 'workflows.purge-versions', run: purgeWorkflowVersions },
  { name: 'executions.purge', run: purgeExecutions },
  { name: 'variables.reseal', run: resealVariables },
  { name: 'integrations.purge', run: purgeDeliveries },
  { name: 'integrations.reseal', run: resealIntegrations },
  { name: 'endpoints.reseal', run: resealEndpoints },
  { name: 'schedules.purge', run: purgeOccurrences },
  { name: 'webhooks.reseal', run: resealWebhooks },
  { name: 'webhooks.purge-calls', run: purgeCalls },
  { name: 'events.purge', run: purgeFirings },
];

/** What is due at each expression of `triggers.crons` in wrangler.toml. */
export const CRON_TABLE: Record<string, Task[]> = {
  '* * * * *': EVERY_MINUTE,
  '*/5 * * * *': EVERY_FIVE_MINUTES,
  '7 * * * *': EVERY_HOUR,
};

/** Runs every task of an expression; one that fails is logged and does not keep the others. */
export async function runCron(
  controller: ScheduledController,
  env: Env,
  waitUntil: (promise: Promise<unknown>) => void,
): Promise<void> {
  const now = new Date(controller.scheduledTime);
  for (const task of CRON_TABLE[controller.cron] ?? []) {
    await runTask(createSystemCtx(env, task.name, waitUntil), task, controller.cron, now);
  }
}

async function runTask(ctx: Ctx, task: Task, cron: string, now: Date): Promise<void> {
  const startedAt = new Date();
  let failure: unknown = null;
  try {
    await task.run(ctx, now);
  } catch (error) {
    failure = error;
    logEvent('error', 'cron_task_failed', { task: task.name, error: describeError(error) });
  }
  const run = { name: task.name, cron, startedAt, finishedAt: new Date(), failure };
  // The record is for people; a task that has done its work has not failed because of it.
  await recordRun(ctx.db, run).catch((error: unknown) =>
    logEvent('warn', 'cron_run_not_recorded', { task: task.name, error: describeError(error) }),
  );
}
