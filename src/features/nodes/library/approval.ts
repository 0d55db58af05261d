import { z } from 'zod';
import { SECOND } from '../../../core/time.ts';
import { defineNodeType, NodeError } from './node-type.ts';
import { toFormSchema, WaitForm, waitSeconds } from './wait-form.ts';

const APPROVERS_LIMIT = 20;

/** A week. */
const DEFAULT_SECONDS = 7 * 24 * 60 * 60;

export const approvalNode = defineNodeType({
  type: 'approval',
  aliases: ['wait_for_approval', 'human_approval', 'approve'],
  title: 'Approval',
  description:
    'Waits until somebody approves or rejects, for days if need be, and costs nothing meanwhile. Approvers are told by ' +
    'mail and in the application; with `allow_link` whoever has the link in the mail may answer without signing in. ' +
    'Where nothing follows `timeout`, the node fails as `not_answered` then.',
  category: 'flow',
  outputs: () => ['approved', 'rejected', 'timeout'],
  control: null,
  // What it opens is known by its id, and so are the mails.
  effect: () => 'idempotent',
  config: z.looseObject({
    title: z.string().trim().min(1).max(200).default('Approval').meta({ description: 'What is to be decided.' }),
    message: z.string().max(10_000).optional().meta({ description: 'What whoever decides has to know.' }),
    form: WaitForm.optional().meta({
      description:
        'What to fill in: a list of fields (`name`, `label`, `type`: text, textarea, email, date, number, integer, ' +
        'boolean or select with `options`, `required`), or JSON Schema. An approval is refused unless it conforms.',
    }),
    approvers: z
      .union([z.string(), z.array(z.string()).max(APPROVERS_LIMIT)])
      .optional()
      .meta({ description: 'Members who may decide, by user name, address or id. Else whoever has the role.' }),
    role: z
      .enum(['member', 'admin', 'owner'])
      .default('member')
      .meta({ description: 'The least role that may decide.' }),
    allow_link: z.boolean().default(false).meta({ description: 'Whether the mail has a link that decides by itself.' }),
    timeout_seconds: waitSeconds(DEFAULT_SECONDS),
  }),
  expressions: [],
  input: {},
  output: {
    type: 'object',
    properties: {
      decision: { enum: ['approved', 'rejected', 'timeout'] },
      data: { description: 'What was filled in.' },
      comment: { type: ['string', 'null'] },
      answered_by: {
        type: ['string', 'null'],
        description: 'The id of who decided; null by the link, and at the end.',
      },
      answered_via: { enum: ['account', 'link', null] },
      answered_at: { type: ['string', 'null'], format: 'date-time' },
    },
    required: ['decision', 'data', 'comment', 'answered_by', 'answered_via', 'answered_at'],
  },
  example: {
    config: {
      title: 'Refund {{input.amount}} USD?',
      form: [{ name: 'reason', label: 'Why', type: 'textarea', required: true }],
      role: 'admin',
      timeout_seconds: 86_400,
    },
    input: { amount: 120 },
    output: {
      decision: 'approved',
      data: { reason: 'It was broken.' },
      comment: null,
      answered_by: '7a1f6c1e-6f0e-4c5a-9d7e-2b8a2a1f0c11',
      answered_via: 'account',
      answered_at: '2026-11-28T12:00:00.000Z',
    },
  },
  defaultTimeoutSeconds: 30,
  timesItself: true,
  async run(
    { openWait },
    { title, message, form, approvers = [], role, allow_link: hasLink, timeout_seconds: seconds },
  ) {
    if (!openWait) throw new NodeError('cannot_wait', 'Nothing can be waited for here.');
    const names = [approvers].flat().flatMap((list) => list.split(/[,;]\s*/));
    const named = [...new Set(names.map((name) => name.trim().toLowerCase()).filter(Boolean))];
    if (named.length > APPROVERS_LIMIT) {
      throw new NodeError('invalid_config', `approvers: names more than ${APPROVERS_LIMIT} people`);
    }
    const until = Date.now() + seconds * SECOND;
    await openWait({
      kind: 'approval',
      title: title.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim(),
      message: message ?? null,
      form: toFormSchema(form),
      approvers: named,
      role,
      hasLink,
      expiresAt: until,
    });
    return { kind: 'wait', reason: 'approval', until, output: null };
  },
});
