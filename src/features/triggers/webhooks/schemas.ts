import { z } from '@hono/zod-openapi';
import { DateTime, listQuery, Uuid } from '../../../http/schemas.ts';
import { triggerChanges, triggerInput, triggerShown } from '../schemas.ts';

export const WebhookParams = z.object({
  webhook_id: Uuid.openapi({ param: { name: 'webhook_id', in: 'path' }, description: 'The webhook.' }),
});

const HeaderName = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header')
  .transform((name) => name.toLowerCase());

const header = (description: string, example: string) => HeaderName.openapi({ type: 'string', description, example });

const plain = <const S extends string>(scheme: S, description: string) =>
  z.object({ scheme: z.literal(scheme).openapi({ description }) });

const Signature = z
  .discriminatedUnion('scheme', [
    plain('standard', 'Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`.'),
    plain('github', '`X-Hub-Signature-256`, which says nothing of the time or the id.'),
    plain('stripe', '`Stripe-Signature`, with `t` and `v1`.'),
    plain('slack', '`X-Slack-Signature` and `X-Slack-Request-Timestamp`; the challenge of Slack is answered.'),
    z.object({
      scheme: z.literal('hmac').openapi({ description: 'A keyed hash of the body in a header of your own.' }),
      header: header('Where the signature stands.', 'x-signature'),
      prefix: z
        .string()
        .max(40)
        .regex(/^[\x21-\x7e]*$/)
        .default('')
        .openapi({ description: 'What stands before it.', example: 'sha256=' }),
      encoding: z.enum(['hex', 'base64']).default('hex'),
      algorithm: z.enum(['sha256', 'sha512', 'sha1']).default('sha256'),
      timestamp_header: HeaderName.nullable()
        .default(null)
        .openapi({
          type: ['string', 'null'],
          description:
            'Where the time stands, in seconds, that is signed as `time.body`; null where the body alone is.',
          example: 'x-timestamp',
        }),
    }),
    z.object({
      scheme: z.literal('token').openapi({ description: 'The secret itself in a header, as GitLab sends it.' }),
      header: header('Where the secret stands.', 'x-gitlab-token'),
    }),
    plain('bearer', 'The secret itself, as `Authorization: Bearer`.'),
    plain('basic', 'The secret itself, `user:password`, as `Authorization: Basic`.'),
    plain('none', 'Nothing: whoever knows the address may call it.'),
  ])
  .openapi('WebhookSignature', { description: 'How callers say that they are who they should be.' });

const Secret = z
  .string()
  .min(1)
  .max(200)
  .openapi({
    description:
      'What callers sign with: for `standard` `whsec_` and base64, for `basic` `user:password`, else 16 to 200 visible ' +
      'characters. Made where it is left out.',
    example: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  });

/** Twice as long, a message from the future included, no call is forgotten. */
const LONGEST_WINDOW_S = 12 * 60 * 60;

const ReplayWindow = z
  .number()
  .int()
  .min(10)
  .max(LONGEST_WINDOW_S)
  .openapi({
    description:
      'In seconds: how far the time of a message may be from ours where its scheme signs one; where it signs the body ' +
      'alone, for how long, at least, equal bodies are one message.',
    example: 300,
  });

const DeliveryIdFrom = z
  .object({
    header: HeaderName.nullable()
      .default(null)
      .openapi({ type: ['string', 'null'], example: 'x-event-id' }),
    pointer: z
      .string()
      .max(200)
      .regex(/^(\/[^/]*)+$/, 'must be a JSON Pointer (RFC 6901)')
      .nullable()
      .default(null)
      .openapi({
        description: 'JSON Pointer (RFC 6901) into the body, where no header says it.',
        example: '/event/id',
      }),
  })
  .nullable()
  .openapi({
    description:
      'Where a call says which message it is. The same id counts once. Null for where the scheme has it: `webhook-id`, ' +
      '`X-GitHub-Delivery`, `/id` for Stripe, `/event_id` for Slack, else `Idempotency-Key` or `webhook-id`. Where ' +
      'there is no id, or one that is not signed (all of those in headers but that of `standard`), what is signed the same ' +
      'is the same, since whoever has seen a call could send it under another id: for good where its time is signed too, ' +
      'else within the replay window. Name the header here where a sender that signs no time sends equal bodies: then the ' +
      'id alone counts.',
    example: null,
  });

const METHODS = ['POST', 'PUT', 'GET'] as const;

const Methods = z
  .array(z.enum(METHODS))
  .min(1)
  .max(METHODS.length)
  .transform((methods) => [...new Set(methods)])
  .openapi({ description: 'Which it takes.', example: ['POST'] });

const ResponseMode = z.enum(['accepted', 'result']).openapi({
  description:
    'What is answered: 202 with the execution’s id at once (`accepted`), or 200 with the output (`result`), if there ' +
    'is one within 30 seconds.',
  example: 'accepted',
});

export const WebhookCreate = z
  .object({
    ...triggerInput,
    signature: Signature.default({ scheme: 'standard' }),
    secret: Secret.nullish(),
    replay_window_seconds: ReplayWindow.default(300),
    delivery_id_from: DeliveryIdFrom.default(null),
    methods: Methods.default(['POST']),
    response: ResponseMode.default('accepted'),
  })
  .openapi('WebhookCreate');

export type WebhookCreate = z.infer<typeof WebhookCreate>;

export const WebhookUpdate = z
  .object({
    ...triggerChanges,
    signature: Signature.optional(),
    secret: Secret.optional(),
    replay_window_seconds: ReplayWindow.optional(),
    delivery_id_from: DeliveryIdFrom.optional(),
    methods: Methods.optional(),
    response: ResponseMode.optional(),
  })
  .openapi('WebhookUpdate', {
    description:
      'What is absent stays. `secret` comes with another scheme alone; a new one is made where it is left out.',
  });

export type WebhookUpdate = z.infer<typeof WebhookUpdate>;

export const Webhook = z
  .object({
    ...triggerShown,
    path: z.string().nullable().openapi({
      description: 'Where it is called. Null for who may not run workflows: to know it may be all that it takes.',
      example: '/api/v1/hooks/Yh6m0c9sY1bBq0b3sJ3m2kqv4cX7n5rP1tE8wZ2uL0A',
    }),
    signature: Signature,
    replay_window_seconds: ReplayWindow,
    delivery_id_from: DeliveryIdFrom,
    methods: z.array(z.enum(METHODS)).openapi({ example: ['POST'] }),
    response: ResponseMode,
    test_until: DateTime.nullable().openapi({ description: 'Until then its test address answers.' }),
    test_runs: z.boolean().openapi({ description: 'Whether a call of that has the latest version run.' }),
  })
  .openapi('Webhook', { description: 'An address of a workflow, at which others have it run.' });

export type Webhook = z.infer<typeof Webhook>;

export const WebhookWithSecret = Webhook.extend({
  secret: z.string().nullable().openapi({
    description: 'A new secret, shown this once; null where there is none, and when a request is repeated.',
    example: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  }),
}).openapi('WebhookWithSecret');

export type WebhookWithSecret = z.infer<typeof WebhookWithSecret>;

export const ListWebhooksQuery = listQuery(50, 100);

export type ListWebhooksQuery = z.infer<typeof ListWebhooksQuery>;

export const WebhookRotation = z
  .object({
    secret: Secret.optional(),
    grace_seconds: z
      .number()
      .int()
      .min(0)
      .max(7 * 24 * 60 * 60)
      .default(24 * 60 * 60)
      .openapi({ description: 'How long the former one is still good.', example: 86_400 }),
  })
  .openapi('WebhookRotation');

export type WebhookRotation = z.infer<typeof WebhookRotation>;
