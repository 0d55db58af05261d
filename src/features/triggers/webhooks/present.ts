import { requireWorkspace } from '../../../core/actor.ts';
import { allows } from '../../../core/permissions.ts';
import type { Ctx } from '../../../context.ts';
import { presentTrigger } from '../present.ts';
import type { WebhookRow } from './queries.ts';
import type { Webhook } from './schemas.ts';

export const pathOf = ({ hookId }: Pick<WebhookRow, 'hookId'>): string => `/api/v1/hooks/${hookId}`;

/** A webhook as its workspace sees it: never its secret, and its address only for who might as well run the workflow. */
export function presentWebhook(ctx: Ctx, row: WebhookRow): Webhook {
  return {
    ...presentTrigger(row),
    path: allows(requireWorkspace(ctx.actor), 'workflows:execute') ? pathOf(row) : null,
    signature: row.signature,
    replay_window_seconds: row.replayWindowSeconds,
    delivery_id_from: row.deliveryIdFrom,
    methods: row.methods as Webhook['methods'],
    response: row.response,
    test_until: row.testUntil && row.testUntil > new Date() ? row.testUntil.toISOString() : null,
    test_runs: row.testRuns,
  };
}
