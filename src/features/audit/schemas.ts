import { z } from '@hono/zod-openapi';
import { DateTime, listQuery, NextCursor, Uuid, WorkspaceParams } from '../../http/schemas.ts';
import { AUDIT_ACTIONS, AUDITED_RESOURCES, type AuditAction } from './catalog.ts';

const Action = z.enum(Object.keys(AUDIT_ACTIONS) as [AuditAction, ...AuditAction[]]);

/** Repeated in a query where there are several. */
const Actions = z.preprocess(
  (given) => (given === undefined ? undefined : [given].flat()),
  z.array(Action).min(1).max(Action.options.length).optional(),
);

const Filters = z.object({
  action: Actions.openapi({ description: 'Only these actions; repeat it for several.', example: ['member.joined'] }),
  actor_id: Uuid.optional().openapi({ description: 'Only what this person did.' }),
  subject_id: Uuid.optional().openapi({ description: 'Only what is about this person.' }),
  resource_type: z
    .enum(AUDITED_RESOURCES)
    .optional()
    .openapi({ description: 'Only what is about things of this kind.', example: 'member' }),
  resource_id: z.string().min(1).max(200).optional().openapi({ description: 'Only what is about this thing.' }),
  since: DateTime.optional().openapi({ description: 'Only from this time on.' }),
  until: DateTime.optional().openapi({ description: 'Only before this time.' }),
});

export type Filters = z.infer<typeof Filters>;

export const ListEntriesQuery = Filters.extend(listQuery(50, 200).shape);

export type ListEntriesQuery = z.infer<typeof ListEntriesQuery>;

export const EntryParams = WorkspaceParams.extend({
  entry_id: Uuid.openapi({ param: { name: 'entry_id', in: 'path' }, description: 'The entry.' }),
});

const Hash = z
  .string()
  .regex(/^[\da-f]{64}$/)
  .openapi({ description: 'SHA-256, in hexadecimal.', example: '9f'.repeat(32) });

const Seq = z.number().int().openapi({ description: 'From 1, without gaps, in each workspace.', example: 42 });

const AuditPerson = z
  .object({
    id: Uuid,
    name: z.string().nullable().openapi({ description: 'As it was then.', example: 'Ada Lovelace' }),
    username: z.string().nullable().openapi({ description: 'As it was then.', example: 'ada' }),
    email: z.string().nullable().openapi({ description: 'As it was then.', example: 'ada@example.test' }),
    erased: z.boolean().openapi({ description: 'The account is deleted, and with it what was personal here.' }),
  })
  .openapi('AuditPerson');

export type AuditPerson = z.infer<typeof AuditPerson>;

const AuditActor = AuditPerson.extend({
  network: z
    .string()
    .nullable()
    .openapi({ description: 'The network that the request came from.', example: '192.0.2.1' }),
  credential: z.string().nullable().openapi({ description: 'What they came in with: session, password or token.' }),
  token_id: Uuid.nullable().openapi({ description: 'The personal access token that they came in with.' }),
}).openapi('AuditActor');

export type AuditActor = z.infer<typeof AuditActor>;

export const AuditEntry = z
  .object({
    seq: Seq,
    id: Uuid,
    action: z.string().openapi({ description: 'What was done.', example: 'member.role_changed' }),
    actor: z.union([AuditActor, z.null()]).openapi({ description: 'Who did it; null for the platform itself.' }),
    subject: z.union([AuditPerson, z.null()]).openapi({ description: 'The other person that it is about.' }),
    resource: z.object({
      type: z.string().openapi({ description: 'The kind of thing that it is about.', example: 'member' }),
      id: z.string().nullable().openapi({ description: 'Which one.', example: '7a1f6c1e-6f0e-4c5a-9d7e-2b8a2a1f0c11' }),
    }),
    details: z
      .record(z.string(), z.unknown())
      .openapi({ description: 'What changed, by action.', example: { from: 'member', to: 'admin' } }),
    request_id: z.string().openapi({ description: 'The request that did it.', example: '7a1f6c1e' }),
    created_at: DateTime,
    hash: Hash,
    previous_hash: Hash.openapi({ description: 'The hash of the entry before; of the workspace’s id for the first.' }),
  })
  .openapi('AuditEntry');

export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditPage = z
  .object({
    items: z.array(AuditEntry),
    next_cursor: NextCursor,
  })
  .openapi('AuditPage');

export type AuditPage = z.infer<typeof AuditPage>;

export const ExportQuery = Filters.extend({
  format: z.enum(['ndjson', 'csv']).default('ndjson').openapi({ description: 'One JSON object a line, or a table.' }),
  after_seq: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(0)
    .openapi({ description: 'Only what comes after this entry, for going on from an earlier export.' }),
});

export type ExportQuery = z.infer<typeof ExportQuery>;

export const VerifyQuery = z.object({
  from_seq: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .default(1)
    .openapi({ description: 'Where to begin: the next_seq of an answer that was not complete.' }),
  seq: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .openapi({ description: 'The number of an entry that was noted earlier, with its hash.', example: 42 }),
  hash: Hash.optional().openapi({ description: 'The hash that it had.' }),
});

export type VerifyQuery = z.infer<typeof VerifyQuery>;

export const FAULTS = ['gap', 'link', 'hash', 'digest', 'head'] as const;

const AuditPlace = z.object({ seq: Seq, hash: Hash }).openapi('AuditPlace', { description: 'A place in a chain.' });

export const AuditVerification = z
  .object({
    valid: z.boolean().openapi({ description: 'No fault was found, and the anchor, if one was given, was.' }),
    complete: z.boolean().openapi({ description: 'The end was reached; if not, go on with next_seq.' }),
    entries: z.number().int().openapi({ description: 'How many entries were found in order.', example: 42 }),
    head: z
      .union([AuditPlace, z.null()])
      .openapi({ description: 'The end of the chain: note it as an anchor for later.' }),
    anchor_found: z.boolean().nullable().openapi({ description: 'Null where none was given.' }),
    first_fault: z
      .object({ seq: Seq, kind: z.enum(FAULTS) })
      .nullable()
      .openapi({
        description:
          'gap: the entry is missing. link: it does not continue the one before. hash: it was changed. digest: a ' +
          'name in it was changed or removed. head: the end is not the one that was noted when it was written.',
      }),
    erased: z.number().int().openapi({ description: 'Names that went with deleted accounts.', example: 0 }),
    next_seq: Seq.nullable().openapi({ description: 'Pass as from_seq to go on; null at the end.' }),
  })
  .openapi('AuditVerification');

export type AuditVerification = z.infer<typeof AuditVerification>;
