import { requireWorkspace } from '../../../core/actor.ts';
import { AppError } from '../../../core/errors.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import type { Ctx } from '../../../context.ts';
import { channelName } from '../../../platform/realtime/channels.ts';
import type { Subject } from '../../../platform/realtime/events.ts';
import { feedChannel } from './feed.ts';
import type { ConnectionStatus, ExecutionConnections } from './schemas.ts';

/** How many of the last events somebody gets who comes to an execution without saying what they have. */
const RECENT = 10;

/** What it takes to follow an execution, whose channel has everything then. */
export async function followExecution(ctx: Ctx, executionId: string) {
  const channel = channelName.execution(executionId);
  try {
    await feedChannel(ctx, requireWorkspace(ctx.actor).id, executionId);
  } catch (error) {
    // It is tried again while somebody follows.
    logEvent('warn', 'channel_not_fed', { channel, error: describeError(error) });
  }
  const subject: Subject = { execution_id: executionId, node_id: null, user_id: null };
  return { channel, options: { recent: RECENT, subject, facts: { execution_id: executionId } } };
}

/** The same for the whole platform. */
export async function followPlatform(ctx: Ctx) {
  const { active_executions, total_connections } = await getConnectionStatus(ctx);
  return {
    channel: channelName.global(),
    options: { facts: { type: 'global', active_executions, total_connections } },
  };
}

export async function getConnectionStatus(ctx: Ctx): Promise<ConnectionStatus> {
  const { kinds, users } = await unlessAway(ctx.channels.countPresence());
  return {
    active_executions: kinds.execution?.channels ?? 0,
    total_connections: Object.values(kinds).reduce((sum, { connections }) => sum + connections, 0),
    global_connections: kinds.global?.connections ?? 0,
    active_users: users,
  };
}

export async function getExecutionConnections(ctx: Ctx, executionId: string): Promise<ExecutionConnections> {
  const { readers, lastSeq, extent } = await unlessAway(ctx.channels.describe(channelName.execution(executionId)));
  return {
    execution_id: executionId,
    active_connections: readers,
    created_at: extent && new Date(extent.firstAt).toISOString(),
    last_activity: extent && new Date(extent.lastAt).toISOString(),
    event_count: lastSeq,
  };
}

async function unlessAway<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new AppError('service_unavailable', { params: { service: 'realtime' }, cause });
  }
}
