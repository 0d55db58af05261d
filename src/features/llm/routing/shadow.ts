import type { Shadow } from '../../../core/llm-route.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import { MINUTE } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import type { CallSpec } from '../calls/call-spec.ts';
import { loadCatalog } from '../catalog/tiers.ts';
import type { NewCall } from '../queries.ts';
import { toCalled, toCallTarget } from '../service/call-target.ts';
import { planTarget, type ChatBody } from '../service/plan-call.ts';
import { recordCall } from '../service/record-call.ts';
import { llmStream } from '../calls/stream-stub.ts';

/** As long as the answer that it is compared with. */
const KEEP_MS = 10 * MINUTE;

/**
 * Makes the same request to a second model, off the caller's path: nobody reads the answer, and whatever goes wrong with
 * it is nobody's but the comparison's. It is a cost of the workspace, not of its caller: no member's or token's budget
 * counts it, no member's key pays for it, and it is no turn of a conversation.
 */
export async function startShadow(
  ctx: Ctx,
  body: ChatBody,
  primary: NewCall & { id: string },
  wanted: Shadow,
): Promise<void> {
  try {
    const target = await planTarget(ctx, await loadCatalog(ctx), body, wanted);
    const callId = crypto.randomUUID();
    const record = {
      ...primary,
      ...toCalled(target),
      id: callId,
      operation: 'shadow',
      streamed: false,
      accessTokenId: null,
      conversationId: null,
      messageId: null,
      rootCallId: primary.id,
    } as const;
    // The key of the request is claimed by the call that answers it.
    const { targets, limits } = await recordCall({ ...ctx, claim: null }, record, [target]);
    const spec: CallSpec = {
      callId,
      workspaceId: primary.workspaceId,
      targets: targets.map(toCallTarget),
      excluded: [],
      route: null,
      format: target.request.format,
      deadlines: {},
      keepMs: KEEP_MS,
      graceMs: 0,
      isDetached: true,
      cache: null,
      shadowOf: { callId: primary.id, routeId: primary.routeId! },
    };
    const means = { connections: targets.map(({ connection }) => connection), budgets: limits };
    await llmStream(ctx.env, spec).open({ spec, mode: 'json', means });
  } catch (error) {
    logEvent('warn', 'shadow_not_made', { call_id: primary.id, error: describeError(error) });
  }
}
