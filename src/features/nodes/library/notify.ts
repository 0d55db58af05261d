import { z } from 'zod';
import { requireUser, requireWorkspace } from '../../../core/actor.ts';
import { HOUR } from '../../../core/time.ts';
import { canSign, signedHeaders } from '../../../core/webhook-signing.ts';
import { dispatchLetters } from '../../mail/index.ts';
import { readBody } from './http-body.ts';
import { toHttpFailure, toStatusFailure } from './http-failures.ts';
import { defineNodeType, NodeError, type NodeOutcome, type RunMeans } from './node-type.ts';
import { findRecipients, insertNotices } from './notify-queries.ts';

/** What one person gets from workflows in an hour: more would be a way to flood them. */
const MAILS_PER_HOUR = 30;

const RECIPIENTS_LIMIT = 20;

const Config = z
  .looseObject({
    channel: z.enum(['mail', 'email', 'webhook']).optional().meta({
      description: 'How; where absent, by webhook if there is a `url`, else by mail.',
    }),
    to: z
      .union([z.string(), z.array(z.string()).max(RECIPIENTS_LIMIT)])
      .optional()
      .meta({
        description:
          'Mail: members of the workspace by user name, address or id. Where absent, whoever started the execution, whom ' +
          'alone a workflow of another workspace reaches.',
      }),
    subject: z.string().min(1).max(200).default('SynapScale').meta({ description: 'Of the mail.' }),
    message: z.string().max(10_000).optional().meta({ description: 'The text.' }),
    text: z.string().max(10_000).optional().meta({ description: 'Another name for `message`.' }),
    url: z.string().optional().meta({ description: 'Webhook: where to send it.' }),
    payload: z
      .unknown()
      .optional()
      .meta({ description: 'Webhook: what to send, as JSON; else the message, or what came in.' }),
    secret: z.string().refine(canSign, 'is no secret of Standard Webhooks (whsec_…)').optional().meta({
      description: 'Webhook: signs it after Standard Webhooks.',
    }),
  })
  .refine((config) => !isWebhook(config) || config.url !== undefined, { path: ['url'], message: 'is needed' })
  .refine((config) => isWebhook(config) || (config.message ?? config.text) !== undefined, {
    path: ['message'],
    message: 'is needed',
  });
type Config = z.infer<typeof Config>;

const isWebhook = ({ channel, url }: { channel?: string | undefined; url?: string | undefined }): boolean =>
  channel === undefined ? url !== undefined : channel === 'webhook';

export const notifyNode = defineNodeType({
  type: 'notify',
  aliases: ['notification', 'mail', 'email', 'send_mail', 'send_email', 'action'],
  title: 'Notify',
  description:
    `Tells somebody: by mail members of the workspace alone, each at most ${MAILS_PER_HOUR} times an hour, or a server by ` +
    'a webhook. Both know a repetition, the server by the header `webhook-id`.',
  category: 'action',
  outputs: () => [],
  control: null,
  effect: () => 'idempotent',
  config: Config,
  expressions: [],
  input: {},
  output: {
    type: 'object',
    properties: {
      channel: { type: 'string' },
      recipients: { type: 'integer', description: 'How many get a mail.' },
      status: { type: 'integer', description: 'What the server answered.' },
    },
    required: ['channel'],
  },
  example: {
    config: { subject: 'Order {{input.id}}', message: 'It has come to {{input.total}}.' },
    input: { id: 17, total: 120 },
    output: { channel: 'mail', recipients: 1 },
  },
  defaultTimeoutSeconds: 60,
  run: (means, config) => (isWebhook(config) ? sendWebhook(means, config) : sendMail(means, config)),
});

async function sendMail({ ctx, key, log, isOutside }: RunMeans, config: Config): Promise<NodeOutcome> {
  const user = requireUser(ctx.actor);
  const wanted = config.to === undefined ? [user.id] : [config.to].flat().flatMap((names) => names.split(/[,;]\s*/));
  const names = [...new Set(wanted.map((name) => name.trim().toLowerCase()).filter(Boolean))];
  if (names.length > RECIPIENTS_LIMIT) {
    throw new NodeError('invalid_config', `to: names more than ${RECIPIENTS_LIMIT} recipients`);
  }
  const members = await findRecipients(ctx.db, requireWorkspace(ctx.actor).id, names);
  // Strangers write to nobody in somebody else's name.
  const recipients = isOutside ? members.filter(({ id }) => id === user.id) : members;
  const unknown = names.filter((name) => !recipients.some((one) => one.names.includes(name)));
  if (unknown.length > 0) {
    throw new NodeError('recipient_unknown', `No member of the workspace is called ${unknown.join(', ')}.`);
  }
  if (recipients.some(({ recent }) => recent >= MAILS_PER_HOUR)) {
    throw new NodeError('mail_throttled', `Workflows send a person at most ${MAILS_PER_HOUR} mails an hour.`, {
      isRetryable: true,
      retryAfterMs: HOUR / 4,
      waitReason: 'node_rate',
    });
  }
  const ids = await insertNotices(
    ctx.db,
    recipients.map(({ id }) => id),
    {
      key,
      // A subject is one line.
      subject: config.subject.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim(),
      items: (config.message ?? config.text)!,
      sender: user.username,
    },
  );
  if (ids.length > 0) await dispatchLetters(ctx, ids);
  log('info', `Mail to ${recipients.length} of the workspace`);
  return { kind: 'done', output: { channel: 'mail', recipients: recipients.length } };
}

async function sendWebhook({ ctx, scope, key, signal, hide, log }: RunMeans, config: Config): Promise<NodeOutcome> {
  const { url, secret, payload, message = config.text } = config;
  if (secret !== undefined) hide(secret);
  const body = JSON.stringify(payload ?? (message === undefined ? scope.input : { message }) ?? null);
  const sent = { id: key, sentAt: new Date(), body };
  const signature = secret === undefined ? { 'webhook-id': key } : signedHeaders(sent, [secret]);
  try {
    const headers = { 'Content-Type': 'application/json', ...signature };
    const answer = await ctx.guardedFetch(url!, { method: 'POST', headers, body, signal });
    const { status } = answer;
    const said = await readBody(answer);
    if (status < 200 || status > 299) throw toStatusFailure(answer, said, true);
    log('info', `Webhook to ${new URL(url!).host} answered ${status}`);
    return { kind: 'done', output: { channel: 'webhook', status } };
  } catch (error) {
    throw toHttpFailure(error, true);
  }
}
