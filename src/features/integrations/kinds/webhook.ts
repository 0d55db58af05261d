import { MASK } from '../../../core/masking.ts';
import { goodSecrets, replaceSecret, type RotatedSecrets } from '../../../core/rotated-secrets.ts';
import { DAY } from '../../../core/time.ts';
import type { WebhookConfig } from '../schemas/webhook.ts';
import { createSigningSecret, maskSigningSecret, signedHeaders } from '../../../core/webhook-signing.ts';
import { JSON_CONTENT, maskedFault, type Kept, type Kind } from './kind.ts';

/** How long a former secret signs beside the one that took its place. */
const OVERLAP_MS = DAY;

/** Messages signed as Standard Webhooks has it. */
export const webhook: Kind<WebhookConfig, RotatedSecrets> = {
  keep({ secret: given, ...shown }, stored, now) {
    const secret = chooseSecret(given, stored);
    const present = stored?.secrets ?? null;
    const secrets = secret === present?.secret ? present : replaceSecret(present, secret, now.getTime(), OVERLAP_MS);
    return { config: { ...shown, secret: maskSigningSecret(secret) }, secrets };
  },
  address: ({ config }) => ({ url: config.url as string, field: 'url' }),
  compose({ id, payload, sentAt }, { config, secrets }) {
    const body = JSON.stringify(payload);
    const signatures = signedHeaders({ id, sentAt, body }, goodSecrets(secrets, sentAt.getTime()));
    return { method: 'POST', url: config.url as string, headers: { ...JSON_CONTENT, ...signatures }, body };
  },
  secretTexts: ({ secret, former }) =>
    [secret, ...former.map((one) => one.secret)].flatMap((one) => [one, one.slice(6)]),
};

function chooseSecret(given: string | undefined, stored: Kept<RotatedSecrets> | null): string {
  if (given === undefined) return stored?.secrets.secret ?? createSigningSecret();
  if (!given.includes(MASK)) return given;
  if (given !== stored?.config.secret) throw maskedFault(['secret']);
  return stored.secrets.secret;
}
