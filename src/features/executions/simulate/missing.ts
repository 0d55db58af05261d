import { AppError } from '../../../core/errors.ts';
import type { Ctx } from '../../../context.ts';
import type { JsonObject } from '../../../db/schema/index.ts';
import { detailOf } from '../../../http/errors/problem.ts';
import { previewCall, type CallPreview } from '../../llm/index.ts';
import { findNodeType, hasTemplate, modelRequestOf } from '../../nodes/index.ts';
import { loadVariables } from '../../user-variables/index.ts';
import { validateDefinition } from '../../workflows/index.ts';
import type { Plan, PlannedNode } from '../engine/plan.ts';
import type { Remark } from './schemas.ts';

type Definition = Parameters<typeof validateDefinition>[0];

/**
 * Variables that nodes refer to and that would have no value: neither given nor stored, or stored and not granted to
 * somebody else's work.
 * @param ctx with the grants that the execution would have
 */
export async function findMissingVariables(ctx: Ctx, definition: Definition, given: JsonObject): Promise<Remark[]> {
  const names = validateDefinition(definition).requiredVariables.filter((name) => !Object.hasOwn(given, name));
  const [readable, stored] = await Promise.all([readableOf(ctx, names), readableOf({ ...ctx, grants: null }, names)]);
  const variables = new Set([...Object.keys(given), ...readable]);
  const faults = validateDefinition(definition, { variables }).errors.filter(({ code }) => code === 'missing_variable');
  return faults.map(({ nodeId, field, message, variable: name }) => {
    const isStored = name !== null && stored.has(name);
    const text = isStored ? `the variable ${name} is yours and not granted to it` : message;
    return {
      kind: isStored ? 'grant' : 'variable',
      node_id: nodeId,
      name,
      message: field ? `${field}: ${text}` : text,
    };
  });
}

/** One that cannot be opened has no value either. */
async function readableOf(ctx: Ctx, names: string[]): Promise<Set<string>> {
  try {
    return new Set((await loadVariables(ctx, names)).keys());
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'secret_unreadable') throw error;
    const unreadable = String(error.options.params?.['name']);
    return readableOf(
      ctx,
      names.filter((name) => name !== unreadable),
    );
  }
}

export type Calls = { previews: Map<string, CallPreview>; missing: Remark[]; warnings: Remark[] };

/** Calls that are looked at: workflows with more of them make the same ones. */
const CALLS_LIMIT = 100;

/** What its calls to models need and may cost, as the gateway would decide now. */
export async function previewCalls(ctx: Ctx, plan: Plan, resolved: ReadonlyMap<string, JsonObject>): Promise<Calls> {
  const nodes = [...plan.nodes.values()].filter(
    ({ node }) => !node.isDisabled && findNodeType(node.type)?.type === 'llm',
  );
  const previewed = await Promise.all(
    nodes.slice(0, CALLS_LIMIT).map(({ node }) => previewNode(ctx, node, resolved.get(node.id))),
  );
  return {
    previews: new Map(previewed.flatMap(({ id, found }) => (found ? [[id, found] as const] : []))),
    missing: previewed.flatMap(({ missing }) => missing),
    warnings: previewed.flatMap(({ warnings }) => warnings),
  };
}

type Previewed = Pick<Calls, 'missing' | 'warnings'> & { id: string; found: CallPreview | null };

/** @param config its configuration, filled in; undefined where that cannot be foreseen */
async function previewNode(ctx: Ctx, node: PlannedNode['node'], config: JsonObject | undefined): Promise<Previewed> {
  const { id } = node;
  const seen: Previewed = { id, found: null, missing: [], warnings: [] };
  const remark = (kind: Remark['kind'], name: string | null, message: string): Remark => ({
    kind,
    node_id: id,
    name,
    message,
  });
  const written = config ?? node.config;
  const open = CHOOSING.filter((field) => hasTemplate(written[field]));
  if (open.length > 0) {
    seen.warnings.push(remark('undecided', null, `${open.join(', ')}: is decided when it runs`));
    return seen;
  }
  try {
    const found = await previewCall(ctx, modelRequestOf(config ?? withoutTemplates(node.config)));
    const name = `${found.provider}/${found.model}`;
    seen.found = found;
    if (!found.key) seen.missing.push(remark('provider_key', found.provider, `there is no key for ${found.provider}`));
    const { deprecatedOn, retiredOn } = found;
    const today = new Date().toISOString().slice(0, 10);
    if (retiredOn !== null && retiredOn <= today) {
      seen.missing.push(remark('model', name, `${name} is gone since ${retiredOn}`));
    } else if ((deprecatedOn !== null && deprecatedOn <= today) || retiredOn !== null) {
      const until = retiredOn === null ? '' : `, and is gone from ${retiredOn} on`;
      seen.warnings.push(remark('deprecated', name, `its provider advises against ${name}${until}`));
    }
    if (found.priceInput === null && found.key === 'platform') {
      seen.warnings.push(remark('unpriced', name, `nobody can tell what ${name} costs`));
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    seen.missing.push(remark(KINDS[error.code] ?? 'call', nameIn(written), sayOf(error)));
  }
  return seen;
}

/** What decides whom it calls. */
const CHOOSING = ['provider', 'model', 'route', 'fallbacks'];

const KINDS: Partial<Record<AppError['code'], Remark['kind']>> = {
  provider_not_configured: 'provider_key',
  provider_not_found: 'model',
  model_not_found: 'model',
  not_found: 'route',
  no_route: 'route',
  forbidden: 'permission',
};

const nameIn = (config: JsonObject): string | null => {
  const named = [config['route'], config['model'], config['provider']].find((name) => typeof name === 'string');
  return (named as string | undefined) ?? null;
};

function sayOf(error: AppError): string {
  const faults = (error.options.fields ?? []).map(({ loc, msg }) => `${loc.slice(1).join('.')} ${msg}`);
  return [detailOf(error, 'en'), ...faults].join(' ');
}

/** What will be filled in says nothing of numbers and settings yet; of a text it is the better part. */
const withoutTemplates = (config: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(config).filter(
      ([name, value]) => ['prompt', 'system', 'messages'].includes(name) || !hasTemplate(value),
    ),
  );
