import { isDeepStrictEqual } from 'node:util';
import { requireWorkspace } from '../../core/actor.ts';
import { AppError, type FieldError } from '../../core/errors.ts';
import { createSigningSecret } from '../../core/webhook-signing.ts';
import type { Ctx } from '../../context.ts';
import { changeVersioned } from '../../db/change-versioned.ts';
import { refuseUnless } from '../../db/refusals.ts';
import { recordActivity } from '../activities/index.ts';
import { auditChange, type NewEntry } from '../audit/index.ts';
import { holdPermission } from '../workspaces/index.ts';
import { configure } from './configure.ts';
import { CONFIGS, DESCRIPTIONS } from './kinds/catalog.ts';
import type { IntegrationType } from './kinds/kind.ts';
import { mergePatch } from './merge-patch.ts';
import { presentIntegration } from './present.ts';
import * as queries from './queries.ts';
import type {
  IntegrationResponse,
  IntegrationUpdate,
  IntegrationWithSecret,
  WorkspaceIntegration,
} from './schemas/integration.ts';
import { openSecrets, sealSecrets, signingSecretOf } from './secrets.ts';
import { requireIntegration } from './service.ts';

/** What an integration is to become; a configuration that is absent stays. */
type Change = { config?: Record<string, unknown>; isEnabled: boolean };

/** Versions that the caller means; null stands for any. */
type Versions = number[] | null;

/**
 * Puts another configuration in place of the one that is there. Secrets that come as they are shown stay.
 * @throws {AppError} `not_found`, `precondition_failed`, `validation_failed` or `address_not_allowed`
 */
export async function replaceIntegration(
  ctx: Ctx,
  id: string,
  input: WorkspaceIntegration,
  versions: Versions,
): Promise<IntegrationResponse> {
  const { row } = await changeIntegration(ctx, id, versions, 'integration.updated', ({ type, config }) => {
    requireType(input.integration_type, type);
    return { config: { ...shownSecrets(type, config), ...input.config }, isEnabled: input.is_enabled };
  });
  return presentIntegration(row);
}

/** Changes what is given. @throws as {@link replaceIntegration} */
export async function patchIntegration(
  ctx: Ctx,
  id: string,
  patch: IntegrationUpdate,
  versions: Versions,
): Promise<IntegrationResponse> {
  const { row } = await changeIntegration(ctx, id, versions, 'integration.updated', ({ type, config, isEnabled }) => {
    requireType(patch.integration_type ?? type, type);
    return {
      config: patch.config && parseConfig(type, mergePatch(config, patch.config)),
      isEnabled: patch.is_enabled ?? isEnabled,
    };
  });
  return presentIntegration(row);
}

/**
 * Gives a webhook another secret; the former one signs as well for a day.
 * @throws {AppError} `not_found`, or `validation_failed` for another type
 */
export async function rotateSecret(ctx: Ctx, id: string, secret: string | undefined): Promise<IntegrationWithSecret> {
  const { row, secrets } = await changeIntegration(
    ctx,
    id,
    null,
    'integration.secret_rotated',
    ({ type, config, isEnabled }) => {
      if (type !== 'webhook') throw invalid(['path', 'integration_id'], 'is no webhook, and signs nothing');
      return { config: { ...config, secret: secret ?? createSigningSecret() }, isEnabled };
    },
  );
  return { ...presentIntegration(row), signing_secret: signingSecretOf('webhook', secrets) };
}

/** Secrets are sealed, so that the database cannot merge them. */
async function changeIntegration(
  ctx: Ctx,
  id: string,
  versions: Versions,
  action: NewEntry['action'],
  decide: (row: queries.IntegrationRow) => Change,
): Promise<{ row: queries.IntegrationRow; secrets: unknown }> {
  let secrets: unknown = null;
  const row = await changeVersioned(
    versions,
    () => requireIntegration(ctx, id),
    async (present) => {
      const { secrets: chosen, ...changes } = await prepareChange(ctx, present, decide(present));
      secrets = chosen;
      return changes.fields.length === 0 ? null : changes;
    },
    (present, { fields, ...changes }) => saveChange(ctx, present, changes, fields, action),
  );
  return { row, secrets };
}

/** What is to be written, and the names of the fields that differ. */
async function prepareChange(ctx: Ctx, row: queries.IntegrationRow, { config, isEnabled }: Change) {
  const fields = isEnabled === row.isEnabled ? [] : ['is_enabled'];
  if (!config) return { isEnabled, fields, secrets: null };
  const opened = await openSecrets(ctx, row);
  const kept = configure(ctx, row.type, config, opened === null ? null : { config: row.config, secrets: opened });
  const names = new Set([...Object.keys(row.config), ...Object.keys(kept.config)]);
  const changed = [...names].filter((name) => !isDeepStrictEqual(row.config[name], kept.config[name]));
  // Two secrets may look the same when they are masked.
  const otherSecrets = isDeepStrictEqual(opened, kept.secrets) ? [] : DESCRIPTIONS[row.type].secretFields;
  fields.push(...[...new Set([...changed, ...otherSecrets])].map((name) => `config.${name}`));
  const sealedSecrets = await sealSecrets(ctx, row, kept.secrets);
  return { isEnabled, fields, secrets: kept.secrets, config: kept.config, sealedSecrets };
}

async function saveChange(
  ctx: Ctx,
  { id, type, version }: queries.IntegrationRow,
  changes: queries.IntegrationChanges,
  fields: string[],
  action: NewEntry['action'],
): Promise<queries.IntegrationRow> {
  const workspaceId = requireWorkspace(ctx.actor).id;
  const subject = { workspaceId, resourceId: id };
  const activity = recordActivity(ctx, { ...subject, action: 'integration_updated', metadata: { type, fields } });
  const [, , , [updated]] = await ctx.db.batch([
    ...holdPermission(ctx, { workspaceId }, 'integrations:write'),
    refuseUnless(ctx.db, queries.hasVersion(workspaceId, id, version), 'precondition_failed'),
    queries.updateIntegration(ctx.db, id, changes),
    ...(changes.isEnabled ? [] : [queries.cancelDeliveries(ctx.db, id)]),
    activity.statement,
    auditChange(ctx, { ...subject, action, details: { fields } }),
  ]);
  activity.announce();
  return updated!;
}

function requireType(given: IntegrationType, type: IntegrationType): void {
  if (given !== type) throw invalid(['body', 'integration_type'], `is ${type}, and never changes`);
}

const shownSecrets = (type: IntegrationType, config: Record<string, unknown>) =>
  Object.fromEntries(DESCRIPTIONS[type].secretFields.map((name) => [name, config[name]]));

/** @throws {AppError} `validation_failed` */
function parseConfig(type: IntegrationType, config: unknown): Record<string, unknown> {
  const parsed = CONFIGS[type].safeParse(config);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path, message, code }) => ({
    loc: ['body', 'config', ...path.map((key) => (typeof key === 'number' ? key : String(key)))],
    msg: message,
    type: code,
  }));
  throw new AppError('validation_failed', { fields });
}

const invalid = (loc: FieldError['loc'], msg: string) =>
  new AppError('validation_failed', { fields: [{ loc, msg, type: 'integration' }] });
