import { describeError, logEvent } from '../../../../core/log.ts';
import type { Ctx } from '../../../../context.ts';
import type { JsonObject } from '../../../../db/schema/index.ts';
import type { Finding } from '../receiving/examine.ts';
import type { Hook } from '../receiving/queries.ts';
import type { Call } from '../receiving/read-call.ts';
import { insertCall, type CallRow } from './queries.ts';

type Outcome = Pick<CallRow, 'outcome'> & { reason?: string; executionId?: string | null; detail?: JsonObject };

/** Notes a call for people to look at, off its caller's path. */
export function noteCall(ctx: Ctx, hook: Hook, call: Call, finding: Finding, outcome: Outcome): void {
  const noted = keepCall(ctx, hook, call, finding, outcome).catch((error: unknown) =>
    logEvent('warn', 'webhook_call_not_noted', { webhook_id: hook.id, error: describeError(error) }),
  );
  ctx.waitUntil(noted);
}

/** The same, to be waited for. */
export async function keepCall(ctx: Ctx, hook: Hook, call: Call, finding: Finding, outcome: Outcome): Promise<void> {
  await insertCall(ctx.db, {
    workspaceId: hook.workspaceId,
    webhookId: hook.id,
    ...outcome,
    deliveryId: finding.delivery.id,
    method: call.method,
    headers: finding.headers,
    sizeBytes: call.bytes.byteLength,
    createdAt: call.receivedAt,
  });
}
