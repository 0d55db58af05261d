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

/** Which message a call is, as its sender says; `id` is null where it does not say. */
export type Delivery = {
  id: string | null;
  /** Whether what is signed says it, so that nobody else can send the same under another. */
  isSigned: boolean;
};

export function readDelivery({ signature, deliveryIdFrom }: Hook, { headers }: Call, body: unknown): Delivery {
  const { headers: names, pointer } = placeOf(signature.scheme, deliveryIdFrom);
  const name = names.find((one) => headers.get(one));
  if (name !== undefined) {
    const isSigned = signature.scheme === 'standard' && name === 'webhook-id';
    return { id: toId(headers.get(name)), isSigned };
  }
  return { id: pointer === null ? null : toId(readPointer(body, pointer)), isSigned: true };
}

function toId(found: unknown): string | null {
  if (typeof found === 'number') return String(found);
  if (typeof found !== 'string' || found === '') return null;
  return found.replaceAll('\0', '').slice(0, ID_LIMIT).toWellFormed() || null;
}

/** By what a call is the same as another; all null where nothing tells two calls apart. */
export type Names = {
  /** What its execution is named by, so that it is started once. */
  own: string | null;
  /** What is claimed with it: that, or what was signed, should its id be one that anybody could change. */
  claimed: string | null;
  /** What an earlier one may have claimed instead. */
  former: string | null;
};

export function identify(hook: Hook, { id, isSigned }: Delivery, verdict: Verdict, now: number): Names {
  const signed = nameSigned(hook, verdict, now);
  const own = id === null ? (signed?.name ?? null) : digestUuid(hook.id, 'id', id);
  // Of equal bodies two may well be meant: whoever says where the id stands relies on it, unless a time tells them apart.
  const isReliable = isSigned || (hook.deliveryIdFrom !== null && verdict.sentAt === null);
  if (signed === null || (id !== null && isReliable)) return { own, claimed: own, former: null };
  return { own, claimed: signed.name, former: signed.former };
}

/** What was signed, by a name; null where nothing was, or not the message. */
function nameSigned(hook: Hook, { mark, sentAt }: Verdict, now: number) {
  if (mark === null) return null;
  if (sentAt !== null) return { name: digestUuid(hook.id, 'signed', mark), former: null };
  // Nothing says when it was signed: equal bodies are one message within the window, and two after it.
  const span = Math.floor(now / (hook.replayWindowSeconds * SECOND));
  const [name, former] = [span, span - 1].map((one) => digestUuid(hook.id, 'body', mark, one));
  return { name: name!, former: former! };
}
