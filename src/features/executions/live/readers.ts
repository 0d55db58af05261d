import type { Ctx } from '../../../context.ts';
import { readChannelName } from '../../../platform/realtime/channels.ts';
import type { Notice } from '../../../platform/realtime/notices.ts';
import type { Reader } from '../../../platform/realtime/reader.ts';
import { countExecutions } from './counts.ts';
import { feedChannel } from './feed.ts';
import { findSummariesOf, type Summary } from './queries.ts';
import { findState, overlayAll } from './state.ts';

/** Executions that somebody is told of on coming, and those who ask. */
const GREETED = 10;
const ASKED = 20;

/** How the things stand that a channel is about, for somebody who has just come; null where nobody need be told. */
export async function greetReader(ctx: Ctx, channel: string, reader: Reader): Promise<Notice | null> {
  const { kind, id } = readChannelName(channel);
  switch (kind) {
    case 'execution': {
      const state = await findState(ctx, reader.workspaceId!, id);
      if (!state) return null;
      return { type: 'initial_state', ...identify(state), ...moments(state), timestamp: now() };
    }
    case 'user': {
      const executions = (await findOwn(ctx, reader.userId, GREETED)).map(({ updated_at: _, ...rest }) => rest);
      return { type: 'initial_user_state', executions, timestamp: now() };
    }
    case 'global': {
      const { total, active } = await countExecutions(ctx);
      return { type: 'initial_global_state', total_executions: total, active_executions: active, timestamp: now() };
    }
    default:
      return null;
  }
}

/** The answer to a question that the readers of that kind of channel may ask. */
export function answerReader(
  ctx: Ctx,
  channel: string,
  question: string,
  reader: Reader,
): Promise<Notice | null> | null {
  const { kind, id } = readChannelName(channel);
  switch (`${kind} ${question}`) {
    case 'execution request_status':
      return tellStatus(ctx, reader.workspaceId!, id);
    case 'user request_executions':
      return tellOwn(ctx, reader.userId);
    case 'global request_stats':
      return tellCounts(ctx);
    default:
      return null;
  }
}

/** What is done while somebody follows. */
export async function tendChannel(ctx: Ctx, channel: string, workspaceId: string | null): Promise<Notice | null> {
  const { kind, id } = readChannelName(channel);
  if (kind === 'execution') await feedChannel(ctx, workspaceId!, id);
  return kind === 'global' ? tellCounts(ctx) : null;
}

async function tellStatus(ctx: Ctx, workspaceId: string, executionId: string): Promise<Notice | null> {
  const state = await findState(ctx, workspaceId, executionId);
  return state ? { type: 'status_update', ...identify(state), timestamp: now() } : null;
}

const tellOwn = async (ctx: Ctx, userId: string): Promise<Notice> => ({
  type: 'user_executions',
  data: { executions: await findOwn(ctx, userId, ASKED) },
  timestamp: now(),
});

async function tellCounts(ctx: Ctx): Promise<Notice> {
  const { total, active, completed } = await countExecutions(ctx);
  const data = { total_executions: total, active_executions: active, completed_executions: completed };
  return { type: 'system_stats', data, timestamp: now() };
}

async function findOwn(ctx: Ctx, userId: string, limit: number) {
  const states = await overlayAll(ctx, await findSummariesOf(ctx.db, userId, limit));
  return states.map((state) => ({ id: state.id, status: state.status, ...moments(state) }));
}

const identify = ({ id, status }: Summary) => ({ execution_id: id, status });

const moments = ({ createdAt, updatedAt }: Summary) => ({
  created_at: createdAt.toISOString(),
  updated_at: updatedAt.toISOString(),
});

const now = () => new Date().toISOString();
