import { AppError } from '../../../../core/errors.ts';
import { goodSecrets } from '../../../../core/rotated-secrets.ts';
import { SECOND } from '../../../../core/time.ts';
import { verifyMessage, type Verdict } from '../../../../core/webhook-schemes.ts';
import type { Ctx } from '../../../../context.ts';
import type { JsonObject } from '../../../../db/schema/index.ts';
import { openSecrets } from '../secrets.ts';
import { readDelivery, type Delivery } from './delivery-id.ts';
import type { Hook } from './queries.ts';
import { readBody, visibleHeaders, visibleQuery, type Call } from './read-call.ts';

/** What was found of a call; `refusal` is why it is not taken. */
export type Finding = {
  refusal: AppError | null;
  /** Null where it was not even looked at. */
  verdict: Verdict | null;
  headers: Record<string, string>;
  body: unknown;
  delivery: Delivery;
  /** What the workflow is given; null where the body cannot be read. */
  input: JsonObject | null;
};

/** Looks at a call and changes nothing: whether it is authentic, which one it is, and what it says. */
export async function examineCall(ctx: Ctx, hook: Hook, call: Call): Promise<Finding> {
  const { signature } = hook;
  const now = call.receivedAt.getTime();
  const kept = await openSecrets(ctx, hook);
  const secrets = kept === null ? [] : goodSecrets(kept, now);
  const headers = visibleHeaders(call.headers, signature, secrets);
  const delivery = { id: null, isSigned: false };
  const finding: Finding = { refusal: null, verdict: null, headers, body: null, delivery, input: null };
  if (signature.scheme !== 'none' && kept === null) {
    return { ...finding, refusal: new AppError('secret_unreadable', { params: { name: 'secret' } }) };
  }
  const windowMs = hook.replayWindowSeconds * SECOND;
  finding.verdict = verifyMessage(signature, { headers: call.headers, body: call.bytes }, secrets, { now, windowMs });
  finding.refusal = refusalOf(finding.verdict, hook);
  try {
    finding.body = await readBody(call);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // Who cannot sign learns that alone.
    finding.refusal ??= error;
    return finding;
  }
  finding.delivery = readDelivery(hook, call, finding.body);
  finding.input = {
    method: call.method,
    headers,
    query: visibleQuery(call, secrets),
    body: finding.body,
    webhook: {
      id: hook.id,
      name: hook.name,
      delivery_id: finding.delivery.id,
      received_at: call.receivedAt.toISOString(),
    },
  };
  return finding;
}

const WORDS = {
  signature_missing: 'no signature, or not where it should be',
  signature_invalid: 'the signature is another one',
  timestamp_invalid: 'its time cannot be read',
} as const;

function refusalOf({ fault }: Verdict, { replayWindowSeconds: window }: Hook): AppError | null {
  if (fault === null) return null;
  if (fault === 'timestamp_stale') return new AppError('webhook_stale', { params: { window } });
  return new AppError('webhook_not_authentic', { params: { reason: WORDS[fault] } });
}

/** The challenge by which Slack makes sure that an address is its owner's; null in every other call. */
export function challengeOf({ signature }: Hook, body: unknown): string | null {
  if (signature.scheme !== 'slack' || typeof body !== 'object' || body === null) return null;
  const { type, challenge } = body as { type?: unknown; challenge?: unknown };
  return type === 'url_verification' && typeof challenge === 'string' ? challenge : null;
}
