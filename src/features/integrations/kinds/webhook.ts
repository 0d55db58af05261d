import { MASK } from '../../../core/masking.ts';
import { DAY } from '../../../core/time.ts';
import type { WebhookConfig } from '../schemas/webhook.ts';
import { createSigningSecret, maskSigningSecret, signedHeaders } from '../../../core/webhook-signing.ts';
import { JSON_CONTENT, maskedFault, type Kept, type Kind } from './kind.ts';

export type WebhookSecrets = {
  secret: string;
  /** Those before it that still sign, each until a moment (milliseconds since 1970), the latest first. */
  former: { secret: string; until: number }[];
};

/** How long a former secret signs beside the one that took its place. */
const OVERLAP_MS = DAY;

/** However often a secret is changed in that time: each is one more signature of every message. */
const FORMER_LIMIT = 4;

/** Messages signed as Standard Webhooks has it. */
export const webhook: Kind<WebhookConfig, WebhookSecrets> = {
  keep({ secret: given, ...shown }, stored, now) {
    const secret = chooseSecret(given, stored);
    const secrets = { secret, former: formerOf(secret, stored, now) };
    return { config: { ...shown, secret: maskSigningSecret(secret) }, secrets };
  },
  address: ({ config }) => ({ url: config.url as string, field: 'url' }),
  compose({ id, payload, sentAt }, { config, secrets }) {
    const body = JSON.stringify(payload);
    const former = secrets.former.filter(({ until }) => until > sentAt.getTime());
    const signatures = signedHeaders({ id, sentAt, body }, [secrets.secret, ...former.map(({ secret }) => secret)]);
    return { method: 'POST', url: config.url as string, headers: { ...JSON_CONTENT, ...signatures }, body };
  },
  secretTexts: ({ secret, former }) =>
    [secret, ...former.map((one) => one.secret)].flatMap((one) => [one, one.slice(6)]),
};

function chooseSecret(given: string | undefined, stored: Kept<WebhookSecrets> | null): string {
  if (given === undefined) return stored?.secrets.secret ?? createSigningSecret();
  if (!given.includes(MASK)) return given;
  if (given !== stored?.config.secret) throw maskedFault(['secret']);
  return stored.secrets.secret;
}

function formerOf(secret: string, stored: Kept<WebhookSecrets> | null, now: Date): WebhookSecrets['former'] {
  if (!stored || secret === stored.secrets.secret) return stored?.secrets.former ?? [];
  const replaced = { secret: stored.secrets.secret, until: now.getTime() + OVERLAP_MS };
  return [replaced, ...stored.secrets.former]
    .filter((one) => one.secret !== secret && one.until > now.getTime())
    .slice(0, FORMER_LIMIT);
}
