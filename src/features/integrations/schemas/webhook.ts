import { z } from '@hono/zod-openapi';
import { line } from '../../../http/schemas.ts';
import { isSigningSecret, SIGNING_SECRET } from '../../../core/webhook-signing.ts';
import { Address, Events } from './fields.ts';

export const SigningSecret = z
  .string()
  .max(100)
  .regex(SIGNING_SECRET, 'must be whsec_ and base64')
  .refine(isSigningSecret, 'must stand for 24 to 64 bytes')
  .meta({
    description: '`whsec_` and 24 to 64 bytes in base64, as Standard Webhooks has them.',
    examples: ['whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='],
  });

export const WebhookConfig = z.object({
  url: Address,
  events: Events,
  description: line(0, 500)
    .nullish()
    .meta({ description: 'What it is for.', examples: ['Feeds the data lake'] }),
  secret: SigningSecret.optional().meta({
    description:
      'Signs every message. Made where it is left out; sent back as it is shown, or left out, it stays. Another one ' +
      'takes its place as by rotation: both sign for 24 hours.',
  }),
});

export type WebhookConfig = z.infer<typeof WebhookConfig>;
