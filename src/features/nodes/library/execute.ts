import { deriveKey, hmac } from '../../../core/crypto.ts';
import type { AppError } from '../../../core/errors.ts';
import { ExpressionBudget } from '../../../core/expressions.ts';
import { canonicalJson, inStoredOrder } from '../../../core/json-order.ts';
import { describeError, logEvent } from '../../../core/log.ts';
import { SECOND } from '../../../core/time.ts';
import { toAppError } from '../../../http/errors/handler.ts';
import { detailOf } from '../../../http/errors/problem.ts';
import { compileExpressionPaths } from './expression-paths.ts';
import { evaluateInScope, readExpression, toNodeError, userVariables } from '../templates/evaluate.ts';
import { findNames, loadReferences, resolveTemplates } from '../templates/resolve.ts';
import { redactValue, type Secrets } from '../templates/secrets.ts';
import { toStorable } from './storable-value.ts';
import { describeIssue } from './check-config.ts';
import {
  NodeError,
  type NewWait,
  type NodeMeans,
  type NodeOutcome,
  type NodeType,
  type RunMeans,
} from './node-type.ts';

/**
 * Runs a node: puts values in place of its templates, checks what came of it, and does what its kind does. Secrets that
 * were put in are masked in all that comes out, in logs and errors too.
 * @throws {NodeError} and nothing else, except what the signal was aborted with
 */
export async function executeNode(
  type: NodeType,
  rawConfig: Record<string, unknown>,
  means: NodeMeans,
): Promise<NodeOutcome> {
  const secrets: Secrets = new Set();
  try {
    const budget = new ExpressionBudget({ steps: STEPS_LIMIT });
    const { values, resolved } = await resolve(type, rawConfig, means, { secrets, budget });
    const config = type.config.safeParse(resolved);
    if (!config.success) throw invalidConfig(config.error.issues.map(describeIssue));
    const request = type.isComputed ? null : digestRequest(resolved, means, secrets);
    const outcome = await type.run(toRunMeans(means, values, secrets, budget), config.data);
    const told = redactOutcome(toStorable(outcome) as NodeOutcome, secrets);
    return request === null || told.kind !== 'done' ? told : fromOutside(told, request);
  } catch (error) {
    if (means.signal.aborted && error === means.signal.reason) throw error;
    throw redactError(toFailure(error), secrets);
  }
}

/**
 * The configuration of a node with values in place of its templates, secrets among them: not to be shown.
 * @throws {NodeError}
 */
export async function resolveNodeConfig(
  type: NodeType,
  rawConfig: Record<string, unknown>,
  means: Pick<NodeMeans, 'ctx' | 'scope'>,
): Promise<Record<string, unknown>> {
  const { resolved } = await resolve(type, rawConfig, means, {
    secrets: new Set(),
    budget: new ExpressionBudget({ steps: STEPS_LIMIT }),
  });
  return resolved as Record<string, unknown>;
}

async function resolve(
  type: NodeType,
  rawConfig: Record<string, unknown>,
  { ctx, scope }: Pick<NodeMeans, 'ctx' | 'scope'>,
  kept: { secrets: Secrets; budget: ExpressionBudget },
) {
  const values = await loadReferences(ctx, findNames(rawConfig), { scope });
  const isExpression = compileExpressionPaths(type.expressions);
  return { values, resolved: await resolveTemplates(rawConfig, { scope, values, ...kept, taken: 0 }, isExpression) };
}

/**
 * What a node would ask of others, as a text that is the same for the same: its configuration filled in, with secrets
 * masked, and what came in.
 * @throws {NodeError} where it cannot be filled in
 */
export async function describeRequest(
  type: NodeType,
  rawConfig: Record<string, unknown>,
  means: NodeMeans,
): Promise<string> {
  const secrets: Secrets = new Set();
  try {
    const { resolved } = await resolve(type, rawConfig, means, {
      secrets,
      budget: new ExpressionBudget({ steps: STEPS_LIMIT }),
    });
    return digestRequest(resolved, means, secrets);
  } catch (error) {
    throw redactError(toFailure(error), secrets);
  }
}

/** Keyed, since a configuration may hold what nobody is to guess. */
function digestRequest(resolved: unknown, { ctx, scope }: NodeMeans, secrets: Secrets): string {
  const key = deriveKey(ctx.env.AUTH_SECRET, 'node-request');
  const asked = { config: redactValue(resolved, secrets), input: redactValue(scope.input, secrets) };
  return hmac(key, canonicalJson(asked)).toString('base64url');
}

/** What others gave is read in the order in which it is kept, also by a replay. */
const fromOutside = (outcome: Extract<NodeOutcome, { kind: 'done' }>, request: string): NodeOutcome => ({
  ...outcome,
  output: inStoredOrder(outcome.output),
  metadata: { ...outcome.metadata, request },
});

/** Of all expressions that one node evaluates, in however many templates and over however many items. */
const STEPS_LIMIT = 5_000_000;

function toRunMeans(
  means: NodeMeans,
  values: Map<string, string>,
  secrets: Secrets,
  budget: ExpressionBudget,
): RunMeans {
  const hide = (secret: string) => void (secret !== '' && secrets.add(secret));
  return {
    ...means,
    // Read by whoever may answer; whom it names are looked up, and shown to nobody.
    ...(means.openWait && {
      openWait: ({ title, message, form, ...wait }: NewWait) => {
        const shown = toStorable(redactValue({ title, message, form }, secrets));
        return means.openWait!({ ...wait, ...(shown as Pick<NewWait, 'title' | 'message' | 'form'>) });
      },
    }),
    log: (level, message, context) =>
      means.log(
        level,
        redactValue(message, secrets) as string,
        context && (redactValue(context, secrets) as Record<string, unknown>),
      ),
    async evaluate(text, field, more = {}, input) {
      try {
        const expression = readExpression(text);
        for (const name of expression.variables) hide(values.get(name) ?? '');
        const known = { ...Object.fromEntries(values), ...pick(means.scope.variables, expression.variables) };
        const bindings = { ...userVariables(known), ...more };
        return await evaluateInScope(expression, means.scope, bindings, input, budget);
      } catch (error) {
        throw toNodeError(error, field);
      }
    },
    async loadVariables(names) {
      const loaded = await loadReferences(means.ctx, names, means);
      for (const value of loaded.values()) hide(value);
      return loaded;
    },
    hide,
  };
}

function pick(from: Record<string, unknown>, names: string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(from, name)).map((name) => [name, from[name]]));
}

/** What it put out; which way it goes on is its own words. */
function redactOutcome(outcome: NodeOutcome, secrets: Secrets): NodeOutcome {
  if (secrets.size === 0) return outcome;
  if (outcome.kind === 'wait') return outcome;
  // The input of another execution is kept and shown; what it needs of secrets it reads by their names.
  if (outcome.kind === 'call') return redactValue(outcome, secrets) as NodeOutcome;
  const output = redactValue(outcome.output, secrets);
  if (outcome.kind === 'sleep') return { ...outcome, output };
  const { variables, metadata } = redactValue(
    { variables: outcome.variables, metadata: outcome.metadata },
    secrets,
  ) as Pick<typeof outcome, 'variables' | 'metadata'>;
  return { ...outcome, output, variables, metadata };
}

function redactError(error: NodeError, secrets: Secrets): NodeError {
  if (secrets.size === 0) return error;
  const { code, message, isRetryable, retryAfterMs, waitReason, details, cause } = error;
  return new NodeError(code, redactValue(message, secrets) as string, {
    isRetryable,
    retryAfterMs,
    waitReason,
    details: redactValue(details, secrets) as Record<string, unknown>,
    cause,
  });
}

const invalidConfig = (faults: { field: string; message: string }[]) =>
  new NodeError('invalid_config', faults.map(({ field, message }) => `${field}: ${message}`).join('; '), {
    details: { faults },
  });

/** Codes of failures that pass by themselves. */
const PASSING = new Set<AppError['code']>(['database_unavailable', 'service_unavailable']);

function toFailure(error: unknown): NodeError {
  if (error instanceof NodeError) return error;
  const known = toAppError(error);
  if (known.code === 'internal_error') {
    logEvent('error', 'node_failed_unexpectedly', { error: describeError(error) });
    return new NodeError(known.code, 'The node failed unexpectedly.', { isRetryable: true, cause: error });
  }
  const { retryAfter, fields = [] } = known.options;
  const faults = fields.map(({ loc, msg }) => `${loc.slice(1).join('.')} ${msg}`);
  return new NodeError(known.code, [detailOf(known, 'en'), ...faults].join(' '), {
    isRetryable: PASSING.has(known.code),
    retryAfterMs: retryAfter === undefined ? null : retryAfter * SECOND,
    cause: error,
  });
}
