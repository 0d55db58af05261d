import type { Ctx } from '../../../context.ts';
import { channelName } from '../../../platform/realtime/channels.ts';
import type { ChannelEvent } from '../../../platform/realtime/events.ts';

/** Tells a user something on their own channel, after the answer. */
export function announceToUser(ctx: Ctx, userId: string, event: ChannelEvent): void {
  ctx.waitUntil(ctx.channels.publish(channelName.user(userId), event));
}
