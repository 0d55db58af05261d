import { z } from '@hono/zod-openapi';
import { DateTime, Decimal, line, pageOf, pageQuery, Uuid } from '../../http/schemas.ts';

const Type = z.enum(['usage', 'subscription', 'credit', 'refund']).openapi({ example: 'usage' });
const Status = z.enum(['pending', 'completed', 'failed', 'refunded']).openapi({ example: 'completed' });
const Metadata = z.record(z.string(), z.unknown()).openapi({ example: { reason: 'outage of 3 March' } });

export const ListBillingEventsQuery = pageQuery(20, 100)
  .omit({ limit: true })
  .extend({
    search: z.string().max(100).optional().openapi({ description: 'A part of the description.', example: 'gpt-4o' }),
    event_type: Type.optional().openapi({ description: 'Only events of this type.' }),
    status: Status.optional().openapi({ description: 'Only events in this state.' }),
  });

export type ListBillingEventsQuery = z.infer<typeof ListBillingEventsQuery>;

export const BillingEventParams = z.object({
  event_id: Uuid.openapi({ param: { name: 'event_id', in: 'path' }, description: 'The billing event.' }),
});

export const BillingEvent = z
  .object({
    id: Uuid,
    user_id: Uuid,
    workspace_id: Uuid.nullable(),
    tenant_id: Uuid.openapi({ description: 'The workspace, by the name that older clients know.' }),
    event_type: Type,
    amount_usd: z
      .number()
      .openapi({ description: 'US dollars; the exact amount is amount_usd_exact.', example: 0.0125 }),
    amount_usd_exact: Decimal,
    description: z.string().nullable().openapi({ example: 'openai/gpt-4o' }),
    related_usage_log_id: Uuid.nullable().openapi({ description: 'The usage line that it bills.' }),
    related_message_id: Uuid.nullable().openapi({ description: 'The message of a conversation that it bills.' }),
    invoice_id: z.string().nullable().openapi({ example: 'INV-2026-0001' }),
    payment_provider: z.string().nullable().openapi({ example: 'stripe' }),
    payment_transaction_id: z.string().nullable().openapi({ example: 'txn_0001' }),
    billing_metadata: Metadata,
    status: Status,
    is_completed: z.boolean(),
    is_pending: z.boolean(),
    is_failed: z.boolean(),
    processed_at: DateTime.nullable(),
    created_at: DateTime,
  })
  .openapi('BillingEvent');

export type BillingEvent = z.infer<typeof BillingEvent>;

export const BillingEventPage = pageOf(BillingEvent).openapi('BillingEventPage');

export type BillingEventPage = z.infer<typeof BillingEventPage>;

/** US dollars: a decimal as text is taken exactly, a number as it is written. */
const Amount = z
  .union([
    z.number().min(-1_000_000).max(1_000_000),
    z.string().regex(/^-?\d{1,7}(\.\d{1,12})?$/, 'must be a decimal of at most twelve places'),
  ])
  .transform(String)
  .openapi({ description: 'US dollars; what the customer gets back is negative.', example: '-5' });

const Editable = {
  invoice_id: line(1, 100).nullish().openapi({ example: 'INV-2026-0001' }),
  payment_transaction_id: line(1, 100).nullish().openapi({ example: 'txn_0001' }),
};

export const BillingEventCreate = z
  .object({
    event_type: z.enum(['subscription', 'credit', 'refund', 'usage']).openapi({
      description: 'Usage is billed by calls alone: it cannot be made here.',
      example: 'credit',
    }),
    amount_usd: Amount,
    user_id: Uuid.openapi({ description: 'Whose it is; a member of the workspace.' }),
    tenant_id: Uuid.optional().openapi({ description: 'The workspace, as older clients name it.' }),
    workspace_id: Uuid.nullish().openapi({ description: 'The workspace; wins over tenant_id.' }),
    description: line(1, 500).nullish().openapi({ example: 'Goodwill credit' }),
    ...Editable,
    payment_provider: line(1, 50).nullish().openapi({ example: 'stripe' }),
    billing_metadata: Metadata.nullish(),
    status: Status.default('pending'),
    related_usage_log_id: Uuid.nullish().openapi({ description: 'The usage line that a refund gives back.' }),
    related_message_id: Uuid.nullish().openapi({ description: 'The message that it is about.' }),
  })
  .openapi('BillingEventCreate');

export type BillingEventCreate = z.infer<typeof BillingEventCreate>;

export const BillingEventUpdate = z
  .object({ status: Status.nullish(), ...Editable, billing_metadata: Metadata.nullish() })
  .openapi('BillingEventUpdate', { description: 'Only what is given changes; amounts never do.' });

export type BillingEventUpdate = z.infer<typeof BillingEventUpdate>;

export const ReconciliationQuery = z.object({
  since: z.iso.datetime().optional().openapi({
    description: 'From then on; the first of this month, in UTC, where absent.',
    example: '2026-01-01T00:00:00.000Z',
  }),
  until: z.iso.datetime().optional().openapi({
    description: 'Before then; now where absent.',
    example: '2026-02-01T00:00:00.000Z',
  }),
});

export type ReconciliationQuery = z.infer<typeof ReconciliationQuery>;

const Side = z.object({ count: z.number().int().openapi({ example: 128 }), amount_usd: Decimal });

export const Reconciliation = z
  .object({
    since: DateTime,
    until: DateTime,
    workspace_id: Uuid.nullable().openapi({ description: 'Null: of all workspaces.' }),
    usage: Side.openapi('ReconciliationUsage', {
      description: 'Usage lines of calls with keys of the platform, at tokens times the prices stored with each.',
      example: { count: 128, amount_usd: '1.25' },
    }),
    billing: Side.openapi('ReconciliationBilling', {
      description: 'Billing events of type usage.',
      example: { count: 128, amount_usd: '1.25' },
    }),
    difference_usd: Decimal.openapi({ description: 'Billing less usage.', example: '0' }),
    unbilled_lines: z.number().int().openapi({ description: 'Usage lines without their billing event.', example: 0 }),
    foreign_events: z.number().int().openapi({
      description: 'Billing events whose line is missing, or was called with a key of the user’s own, or differs.',
      example: 0,
    }),
    unsettled_calls: z
      .number()
      .int()
      .openapi({ description: 'Calls that have begun and not been settled.', example: 0 }),
    settled_without_line: z.number().int().openapi({ description: 'Settled calls without a usage line.', example: 0 }),
    is_balanced: z.boolean().openapi({ description: 'No difference, and nothing missing on either side.' }),
  })
  .openapi('Reconciliation');

export type Reconciliation = z.infer<typeof Reconciliation>;
