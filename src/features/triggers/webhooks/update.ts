import { AppError } from '../../../core/errors.ts';
import { replaceSecret } from '../../../core/rotated-secrets.ts';
import { SECOND } from '../../../core/time.ts';
import type { Ctx } from '../../../context.ts';
import { changeVersioned } from '../../../db/change-versioned.ts';
import { refuseUnless } from '../../../db/refusals.ts';
import { auditChange, type NewEntry } from '../../audit/index.ts';
import { holdPermission } from '../../workspaces/index.ts';
import { alteredFields, answeringFor, columnsOf, differing, TRIGGER_FIELDS } from '../changes.ts';
import { presentWebhook } from './present.ts';
import * as queries from './queries.ts';
import type { WebhookRotation, WebhookUpdate, WebhookWithSecret } from './schemas.ts';
import { openSecrets, sealSecrets } from './secrets.ts';
import { chooseSecret, requireWebhook } from './service.ts';

const FIELDS = {
  ...TRIGGER_FIELDS,
  signature: 'signature',
  sealedSecrets: 'secret',
  replayWindowSeconds: 'replay_window_seconds',
  deliveryIdFrom: 'delivery_id_from',
  methods: 'methods',
  response: 'response',
};

/**
 * Changes what is given. Another scheme takes another secret, which the former scheme's callers do not have.
 * @throws {AppError} `not_found`, `precondition_failed` or `validation_failed`
 */
export async function updateWebhook(
  ctx: Ctx,
  id: string,
  input: WebhookUpdate,
  versions: number[] | null,
): Promise<WebhookWithSecret> {
  let secret: string | null = null;
  const decide = async (row: queries.WebhookRow) => {
    const { signature } = input;
    const isOther = signature !== undefined && signature.scheme !== row.signature.scheme;
    if (input.secret !== undefined && !isOther) throw useRotation();
    secret = isOther ? chooseSecret(signature, input.secret) : null;
    const sealed = secret === null ? null : await sealSecrets(ctx, row, { secret, former: [] });
    const given = {
      ...columnsOf(input),
      signature,
      ...(isOther && { sealedSecrets: sealed }),
      replayWindowSeconds: input.replay_window_seconds,
      deliveryIdFrom: input.delivery_id_from,
      methods: input.methods,
      response: input.response,
    };
    const changes = differing(row, given as Partial<queries.WebhookRow>);
    return Object.keys(changes).length === 0 ? null : { ...changes, ...ofChanger(ctx, row, input) };
  };
  const row = await changeVersioned(
    versions,
    () => requireWebhook(ctx, id),
    decide,
    (present, changes) => save(ctx, present, changes, 'webhook.updated'),
  );
  return { ...presentWebhook(ctx, row), secret };
}

/**
 * Gives it another secret; the former one is good for a while.
 * @throws {AppError} `not_found`, or `validation_failed` where nobody signs
 */
export async function rotateWebhookSecret(
  ctx: Ctx,
  id: string,
  { secret: given, grace_seconds: grace }: WebhookRotation,
): Promise<WebhookWithSecret> {
  let secret: string | null = null;
  const row = await changeVersioned(
    null,
    () => requireWebhook(ctx, id),
    async (present) => {
      secret = chooseSecret(present.signature, given);
      if (secret === null) throw invalid(['path', 'webhook_id'], 'has a scheme without a secret');
      const secrets = replaceSecret(await openSecrets(ctx, present), secret, Date.now(), grace * SECOND);
      return { sealedSecrets: await sealSecrets(ctx, present, secrets), ...ofChanger(ctx, present, {}) };
    },
    (present, changes) => save(ctx, present, changes, 'webhook.secret_rotated'),
  );
  return { ...presentWebhook(ctx, row), secret };
}

const ofChanger = (ctx: Ctx, row: queries.WebhookRow, input: WebhookUpdate): queries.WebhookChanges => ({
  ...answeringFor(ctx.actor, row, input.granted_variables),
  ...(input.is_active && { inactiveReason: null }),
});

async function save(
  ctx: Ctx,
  row: queries.WebhookRow,
  changes: queries.WebhookChanges,
  action: NewEntry['action'],
): Promise<queries.WebhookRow> {
  const { db } = ctx;
  const { id, workspaceId, version } = row;
  const fields = alteredFields(row, changes, FIELDS);
  const [, , , [updated]] = await db.batch([
    ...holdPermission(ctx, { workspaceId }, 'workflows:write'),
    refuseUnless(db, queries.hasVersion(workspaceId, id, version), 'precondition_failed'),
    queries.updateWebhook(db, workspaceId, id, changes),
    auditChange(ctx, { workspaceId, action, resourceId: id, details: { fields } }),
  ]);
  return updated!;
}

const useRotation = () => invalid(['body', 'secret'], 'is changed by rotation, or with another scheme');

const invalid = (loc: (string | number)[], msg: string) =>
  new AppError('validation_failed', { fields: [{ loc, msg, type: 'webhook' }] });
