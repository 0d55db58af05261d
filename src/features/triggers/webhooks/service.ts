import { requireWorkspace } from '../../../core/actor.ts';
import { randomToken } from '../../../core/crypto.ts';
import { AppError, notFound } from '../../../core/errors.ts';
import { toPage, toPageRequest, type Page } from '../../../core/pagination.ts';
import { createSecret, secretFault, type SignatureRule } from '../../../core/webhook-schemes.ts';
import type { Ctx } from '../../../context.ts';
import { batchClaimed } from '../../../db/claims.ts';
import { refuseUnless } from '../../../db/refusals.ts';
import { auditChange } from '../../audit/index.ts';
import { holdWorkflow, placeOf } from '../../workflows/index.ts';
import { holdPermission } from '../../workspaces/index.ts';
import { newColumns } from '../changes.ts';
import { presentWebhook } from './present.ts';
import * as queries from './queries.ts';
import type { ListWebhooksQuery, Webhook, WebhookCreate, WebhookWithSecret } from './schemas.ts';
import { sealSecrets } from './secrets.ts';

/** As many as a workspace may have. */
const WEBHOOKS_LIMIT = 200;

const RESOURCE = 'webhook';

export async function listWebhooks(ctx: Ctx, workflowId: string, query: ListWebhooksQuery): Promise<Page<Webhook>> {
  const { workspaceId } = placeOf(ctx, workflowId);
  const rows = await queries.findWebhooks(ctx.db, workspaceId, workflowId, toPageRequest(query));
  const { items, nextCursor } = toPage(rows, query.limit);
  return { items: items.map((row) => presentWebhook(ctx, row)), nextCursor };
}

/** @throws {AppError} `not_found` */
export async function getWebhook(ctx: Ctx, id: string): Promise<Webhook> {
  return presentWebhook(ctx, await requireWebhook(ctx, id));
}

/** @throws {AppError} `not_found` */
export async function requireWebhook(ctx: Ctx, id: string): Promise<queries.WebhookRow> {
  const row = await queries.findWebhook(ctx.db, requireWorkspace(ctx.actor).id, id);
  if (!row) throw notFound(RESOURCE);
  return row;
}

/** What an earlier request made, without its secret; null where it is gone. */
export async function findMade(ctx: Ctx, id: string): Promise<WebhookWithSecret | null> {
  const row = await queries.findWebhook(ctx.db, requireWorkspace(ctx.actor).id, id);
  return row ? { ...presentWebhook(ctx, row), secret: null } : null;
}

/** @throws {AppError} `not_found` (the workflow), `validation_failed` or `limit_reached` */
export async function createWebhook(ctx: Ctx, workflowId: string, input: WebhookCreate): Promise<WebhookWithSecret> {
  const { db } = ctx;
  const workflow = placeOf(ctx, workflowId);
  const place = { id: crypto.randomUUID(), workspaceId: workflow.workspaceId };
  const secret = chooseSecret(input.signature, input.secret ?? undefined);
  const row = {
    ...place,
    workflowId: workflow.workflowId,
    ...newColumns(ctx.actor, input),
    hookId: randomToken(),
    signature: input.signature,
    sealedSecrets: secret === null ? null : await sealSecrets(ctx, place, { secret, former: [] }),
    replayWindowSeconds: input.replay_window_seconds,
    deliveryIdFrom: input.delivery_id_from,
    methods: input.methods,
    response: input.response,
  };
  const subject = { workspaceId: place.workspaceId, resourceId: place.id };
  const details = { workflow_id: row.workflowId, scheme: row.signature.scheme, is_active: row.isActive };
  const limit = { resource: 'webhooks', limit: WEBHOOKS_LIMIT };
  const results = await batchClaimed(ctx, place.id, [
    ...holdWorkflow(ctx, workflow, 'workflows:write'),
    refuseUnless(db, queries.hasRoom(db, place.workspaceId, WEBHOOKS_LIMIT), 'limit_reached', limit),
    queries.insertWebhook(db, row),
    auditChange(ctx, { ...subject, action: 'webhook.created', details }),
  ]);
  const [created] = results.at(-2) as queries.WebhookRow[];
  return { ...presentWebhook(ctx, created!), secret };
}

/** The secret that is given, or a new one; null where nobody signs. @throws {AppError} `validation_failed` */
export function chooseSecret(rule: SignatureRule, given: string | undefined): string | null {
  if (given === undefined) return createSecret(rule);
  const msg = secretFault(rule, given);
  if (msg === null) return given;
  throw new AppError('validation_failed', { fields: [{ loc: ['body', 'secret'], msg, type: 'secret' }] });
}

/** Deletes it, with the record of its calls. What it has started goes on. @throws {AppError} `not_found` */
export async function deleteWebhook(ctx: Ctx, id: string): Promise<void> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  await ctx.db.batch([
    ...holdPermission(ctx, { workspaceId }, 'workflows:write'),
    refuseUnless(ctx.db, queries.exists(workspaceId, id), 'not_found', { resource: RESOURCE }),
    queries.deleteWebhook(ctx.db, workspaceId, id),
    auditChange(ctx, { workspaceId, action: 'webhook.deleted', resourceId: id }),
  ]);
}
