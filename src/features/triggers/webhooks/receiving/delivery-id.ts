import { digestUuid } from '../../../../core/ids.ts';
import { readPointer } from '../../../../core/json-pointer.ts';
import { SECOND } from '../../../../core/time.ts';
import type { Verdict } from '../../../../core/webhook-schemes.ts';
import type { DeliveryIdPlace } from '../../../../db/schema/index.ts';
import type { Hook } from './queries.ts';
import type { Call } from './read-call.ts';

const ID_LIMIT = 255;

/** Where each scheme's callers say which message it is; others follow what is usual. */
const PLACES: Record<string, { headers: string[]; pointer: string | null }> = {
  standard: { headers: ['webhook-id'], pointer: null },
  github: { headers: ['x-github-delivery'], pointer: null },
  stripe: { headers: [], pointer: '/id' },
  slack: { headers: [], pointer: '/event_id' },
};

const USUAL = { headers: ['idempotency-key', 'webhook-id'], pointer: null };

const placeOf = (scheme: string, chosen: DeliveryIdPlace | null) =>
  chosen === null
    ? (PLACES[scheme] ?? USUAL)
    : { headers: chosen.header === null ? [] : [chosen.header], pointer: chosen.pointer };

/** Which message a call is, as its sender says; null where it does not say. */
export function readDeliveryId({ signature, deliveryIdFrom }: Hook, { headers }: Call, body: unknown): string | null {
  const { headers: names, pointer } = placeOf(signature.scheme, deliveryIdFrom);
  const inHeader = names.map((name) => headers.get(name)).find((value) => value);
  const found = inHeader ?? (pointer === null ? undefined : readPointer(body, pointer));
  if (typeof found === 'number') return String(found);
  if (typeof found !== 'string' || found === '') return null;
  return found.replaceAll('\0', '').slice(0, ID_LIMIT).toWellFormed() || null;
}

/**
 * What a call counts under where its id is not signed and its time is: whoever has seen it cannot send it under another
 * id. Null where its own name says as much.
 */
export const signedName = (hook: Hook, { mark, sentAt }: Verdict): string | null =>
  hook.signature.scheme === 'hmac' && mark !== null && sentAt !== null ? digestUuid(hook.id, 'signed', mark) : null;

/**
 * By what a call is the same as another: the first is its own name, under which it counts; the others are those that
 * an earlier one may have. None where nothing tells two calls apart.
 */
export function identify(hook: Hook, deliveryId: string | null, { mark, sentAt }: Verdict, now: number): string[] {
  if (deliveryId !== null) return [digestUuid(hook.id, 'id', deliveryId)];
  if (mark === null) return [];
  if (sentAt !== null) return [digestUuid(hook.id, 'signed', mark)];
  // Nothing says when it was signed: equal bodies are one message within the window, and two after it.
  const span = Math.floor(now / (hook.replayWindowSeconds * SECOND));
  return [span, span - 1].map((one) => digestUuid(hook.id, 'body', mark, one));
}
