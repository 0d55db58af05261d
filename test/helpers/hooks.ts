import { createHash, createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { User } from './actors.ts';
import { api, type ApiAnswer } from './api.ts';
import { sql } from './database.ts';
import { createWorkflow, definition, transform, trigger } from './executions.ts';

export const webhookAt = (id: string, rest = '') => `/api/v1/webhook-triggers/${id}${rest}`;

export type Hook = { id: string; path: string; secret: string; workflowId: string; [field: string]: any };

/** A workflow whose output is what it is started with. */
export const ECHO = definition({ start: trigger, out: transform('$') });

/** A webhook of a workflow of somebody's, as it is answered. */
export async function createHook(user: User, input: object = {}, flow: object = ECHO): Promise<Hook> {
  const workflowId = await createWorkflow(user, flow);
  const { status, body } = await user.post(`/api/v1/workflows/${workflowId}/webhooks`, { name: 'Hook', ...input });
  if (status !== 201) throw new Error(`no webhook: ${JSON.stringify(body)}`);
  return { ...body, workflowId };
}

type Signing = { id?: string; at?: number };

const seconds = (at: number) => String(Math.floor(at / 1000));

const mac = (secret: string, text: string, encoding: 'hex' | 'base64' = 'hex', algorithm = 'sha256') =>
  createHmac(algorithm, secret).update(text).digest(encoding);

/** What senders do, each by its own documentation, with nothing of what is tested. */
export const SENDERS: Record<string, (secret: string, body: string, by: Required<Signing>) => Record<string, string>> =
  {
    standard: (secret, body, { id, at }) => ({
      'webhook-id': id,
      'webhook-timestamp': seconds(at),
      'webhook-signature': new Webhook(secret).sign(id, new Date(at), body),
    }),
    github: (secret, body, { id }) => ({
      'X-GitHub-Delivery': id,
      'X-GitHub-Event': 'push',
      'X-Hub-Signature-256': `sha256=${mac(secret, body)}`,
    }),
    stripe: (secret, body, { at }) => ({
      'Stripe-Signature': `t=${seconds(at)},v1=${mac(secret, `${seconds(at)}.${body}`)},v0=none`,
    }),
    slack: (secret, body, { at }) => ({
      'X-Slack-Request-Timestamp': seconds(at),
      'X-Slack-Signature': `v0=${mac(secret, `v0:${seconds(at)}:${body}`)}`,
    }),
    // As Shopify does.
    hmac: (secret, body, { id }) => ({
      'X-Shopify-Hmac-Sha256': mac(secret, body, 'base64'),
      'X-Shopify-Webhook-Id': id,
    }),
    token: (secret, _, { id }) => ({ 'X-Gitlab-Token': secret, 'Idempotency-Key': id }),
    bearer: (secret, _, { id }) => ({ Authorization: `Bearer ${secret}`, 'Idempotency-Key': id }),
    basic: (secret, _, { id }) => ({ Authorization: `Basic ${btoa(secret)}`, 'Idempotency-Key': id }),
    none: (_, __, { id }) => ({ 'Idempotency-Key': id }),
  };

/** What each is made with. */
export const RULES: Record<string, object> = {
  hmac: {
    signature: { scheme: 'hmac', header: 'X-Shopify-Hmac-Sha256', encoding: 'base64' },
    delivery_id_from: { header: 'X-Shopify-Webhook-Id' },
  },
  token: { signature: { scheme: 'token', header: 'X-Gitlab-Token' } },
};

export const ruleOf = (scheme: string): object => RULES[scheme] ?? { signature: { scheme } };

export type Sending = Signing & { body?: unknown; secret?: string; headers?: Record<string, string>; rest?: string };

/** Calls a webhook as its sender would. */
export function send(hook: Hook, { body = { n: 1 }, secret = hook.secret, headers, rest = '', ...by }: Sending = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const signed = { id: crypto.randomUUID() as string, at: Date.now(), ...by };
  const own = SENDERS[hook.signature.scheme]!(secret ?? '', text, signed);
  return api.post(`${hook.path}${rest}`, text, { headers: { 'Content-Type': 'application/json', ...own, ...headers } });
}

/** How many executions a trigger has started. */
export async function startedBy(triggerId: string): Promise<number> {
  const [row] = await sql`select count(*)::int as n from workflow_executions where trigger_id = ${triggerId}`;
  return row!.n;
}

export const callsOf = async (user: User, hook: Hook): Promise<ApiAnswer['body']> =>
  (await user.get(webhookAt(hook.id, '/calls'))).body;

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
