import { requireUser, requireWorkspace } from '../../../core/actor.ts';
import { AppError, notFound, type FieldError } from '../../../core/errors.ts';
import { allows } from '../../../core/permissions.ts';
import type { Ctx } from '../../../context.ts';
import type { JsonObject, Rerun, Restart, TriggerType, WorkflowDefinition } from '../../../db/schema/index.ts';
import { requireRunnable, validateDefinition, withConfigs } from '../../workflows/index.ts';
import type { Plan } from '../engine/plan.ts';
import { BY_REQUEST, effectiveDefinition, type Origin } from '../origin.ts';
import { findRecordedNodes, type RecordedNode } from '../record/replay-queries.ts';
import { toPlan } from '../runner/plans.ts';
import { findTorn, isDone } from '../runner/take-over.ts';
import { objectPrefix } from '../runner/values.ts';
import { awaitEnd, type Progress } from '../start/service.ts';
import { CHECK_AFTER_S, startExecution, type Wanted } from '../start/start-execution.ts';
import { findRestart, findTarget, type Target } from './queries.ts';
import { planReruns, unitOf } from './reruns.ts';
import type { ForkRequest, ResumeRequest } from './schemas.ts';
import { notSuitable, requireSource, type Source } from './source.ts';

/** What a request says of an execution that goes on from another one, beside what was edited. */
type Settings = Pick<
  ForkRequest,
  'variables' | 'grant_variables' | 'priority' | 'timeout_seconds' | 'tags' | 'metadata'
>;

type Edits = Pick<ForkRequest, 'inputs' | 'configs'> & { from: string[] };

/**
 * Starts an execution that does again what follows certain nodes, and takes over everything else. It changes nothing of
 * the one that it goes on from.
 * @throws {AppError} `not_found`, `execution_not_suitable`, `validation_failed`, `forbidden`, and as `startExecution`
 */
export async function forkExecution(ctx: Ctx, id: string, input: ForkRequest): Promise<string> {
  const source = await requireSource(ctx, id, 'fork');
  const target = await requireTarget(ctx, source, input.version ?? source.workflow_version);
  return restart(ctx, { type: 'fork', source, target, edits: input, settings: input });
}

/** The same for one that failed, was cancelled or took too long, by the version that runs now. */
export async function resumeExecution(ctx: Ctx, id: string, input: ResumeRequest): Promise<string> {
  const source = await requireSource(ctx, id, 'resume');
  if (source.status === 'completed') throw notSuitable(source.status, 'resume');
  const target = await requireTarget(ctx, source, input.version ?? null);
  const edits = { ...input, from: input.node ?? [] };
  return restart(ctx, { type: 'resume', source, target, edits, settings: input });
}

/** What has become of it, with what it does again and what it has taken over. @throws {AppError} `not_found` */
export async function describeRestarted(ctx: Ctx, id: string, waitMs: number): Promise<Restarted> {
  const progress = await awaitEnd(ctx, id, waitMs);
  const [found] = await findRestart(ctx.db, requireWorkspace(ctx.actor).id, id);
  if (!found) throw notFound('execution');
  const { parentId, version, restart: how } = found;
  return { progress, parentId, version, reruns: how?.reruns ?? [], reused: how?.reused ?? [] };
}

export type Restarted = {
  progress: Progress;
  parentId: string | null;
  version: number | null;
  reruns: Rerun[];
  reused: string[];
};

/** @throws {AppError} `not_found` where there is no such version, or somebody else's does not run any more */
export async function requireTarget(ctx: Ctx, source: Source, version: number | null): Promise<Target> {
  const place = { workspaceId: requireWorkspace(ctx.actor).id, workflowId: source.workflow_id };
  const target = await findTarget(ctx.db, place, version);
  if (!target) throw notFound(version === null ? 'workflow' : 'version');
  return target;
}

type Order = { type: TriggerType; source: Source; target: Target; edits: Edits; settings: Settings };

async function restart(ctx: Ctx, { type, source, target, edits, settings }: Order): Promise<string> {
  const { inputs, configs } = keptEdits(ctx, source, target, edits);
  const workspace = requireWorkspace(ctx.actor);
  const mayEdit = target.workspaceId === workspace.id && allows(workspace, 'workflows:write');
  if (Object.keys(configs).length > 0 && !mayEdit) {
    // Secrets may stand beside the fields that would be edited.
    throw new AppError('forbidden', { params: { permission: 'workflows:write' } });
  }
  const definition = withConfigs(target.definition, configs);
  requireEditable(definition, edits);
  const after = toPlan(definition);
  const before = toPlan(source.definition ? effectiveDefinition(source.definition, source.restart) : EMPTY);
  requireKnown(after, edits);
  const given = splitInputs(after, inputs);
  const how: Restart = {
    from: edits.from,
    ...(await findReruns(ctx, { source, before, after, edits })),
    ...(Object.keys(given.inputs).length > 0 && { inputs: given.inputs }),
    ...(Object.keys(configs).length > 0 && { configs }),
  };
  const { id } = await startExecution(ctx, {
    ...inherit(ctx, source, settings),
    version: target.version,
    inputData: given.trigger ?? source.input_data,
    origin: originOf(source, type, how),
  });
  return id;
}

const EMPTY: WorkflowDefinition = { nodes: [], connections: [] };

/**
 * What was edited for the execution before stays edited, for whoever had edited it and as long as the version is the same:
 * what somebody else had it say would read the variables of whoever goes on now.
 */
function keptEdits(ctx: Ctx, source: Source, target: Target, edits: Edits) {
  const isSame = source.workflow_version === target.version && source.created_by === requireUser(ctx.actor).id;
  const former = isSame ? source.restart : null;
  const configs: Record<string, JsonObject> = { ...former?.configs };
  for (const [node, fields] of Object.entries(edits.configs ?? {})) configs[node] = { ...configs[node], ...fields };
  return { inputs: { ...former?.inputs, ...edits.inputs }, configs };
}

/** What a trigger is given is the input of the execution, which every node can read. */
function splitInputs(plan: Plan, given: Record<string, unknown>) {
  const inputs: Record<string, unknown> = {};
  let trigger: JsonObject | null = null;
  for (const [node, input] of Object.entries(given)) {
    if (plan.nodes.get(node)?.role.control !== 'trigger') inputs[node] = input;
    else if (typeof input === 'object' && input !== null && !Array.isArray(input)) trigger = input as JsonObject;
    else throw invalid(['inputs', node], 'must be an object, as the input of every execution');
  }
  return { inputs, trigger };
}

/** @throws {AppError} `validation_failed`, where it can be told by what was edited, else by the definition */
function requireEditable(definition: WorkflowDefinition, { configs }: Edits): void {
  const own = validateDefinition(definition).errors.filter(
    ({ nodeId }) => nodeId !== null && configs && Object.hasOwn(configs, nodeId),
  );
  if (own.length === 0) return requireRunnable(definition);
  throw new AppError('validation_failed', {
    fields: own.slice(0, FAULTS_TOLD).map(({ nodeId, field, message, code }) => ({
      loc: ['body', 'configs', nodeId!, ...(field?.split('.') ?? [])],
      msg: message,
      type: code,
    })),
  });
}

const FAULTS_TOLD = 50;

function requireKnown(plan: Plan, { from, inputs, configs }: Edits): void {
  const named = { from, inputs: Object.keys(inputs ?? {}), configs: Object.keys(configs ?? {}) };
  for (const [field, nodes] of Object.entries(named)) {
    const unknown = nodes.find((node) => !plan.nodes.has(node));
    if (unknown !== undefined) throw invalid([field, unknown], 'is not the id of a node of this version');
  }
}

function invalid(loc: FieldError['loc'], msg: string): AppError {
  return new AppError('validation_failed', { fields: [{ loc: ['body', ...loc], msg, type: 'value_error' }] });
}

type Graphs = { source: Source; before: Plan; after: Plan; edits: Edits };

async function findReruns(ctx: Ctx, { source, before, after, edits }: Graphs) {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const nodes = await findRecordedNodes(ctx.db, workspaceId, source.id);
  const torn = await findTorn(ctx.env.STORAGE, objectPrefix(workspaceId, source.id), nodes);
  const lost = [...torn].flatMap((key) => unitOf(before, key)?.node.id ?? []);
  const done = nodes.filter((node) => node.iteration.length === 0 && isDone(node));
  const planned = planReruns({
    before,
    after,
    wanted: new Map<string, Rerun['reason']>([
      ...Object.keys(edits.inputs ?? {}).map((node) => [node, 'input'] as const),
      ...Object.keys(edits.configs ?? {}).map((node) => [node, 'config'] as const),
      ...edits.from.map((node) => [node, 'from'] as const),
    ]),
    done: new Set(done.map(({ node_key: key }) => key)),
    torn: new Set(lost),
    isWhole: source.status === 'completed',
  });
  const reused = new Set(planned.reused);
  const isReused = ({ node_key: key }: RecordedNode) => reused.has(unitOf(after, key)?.node.id ?? '');
  const isRun = ({ status }: RecordedNode) => status === 'completed' || status === 'failed';
  return { ...planned, taken: nodes.filter((node) => isRun(node) && isReused(node)).length };
}

/** What the new execution has from the former one. Nobody's variables are granted by somebody else. */
export function inherit(
  ctx: Ctx,
  source: Source,
  settings: Settings,
): Omit<Wanted, 'version' | 'inputData' | 'origin'> {
  const isOwn = source.created_by === requireUser(ctx.actor).id;
  return {
    workflowId: source.workflow_id,
    priority: settings.priority ?? source.priority,
    contextData: source.context_data,
    variables: settings.variables ? { ...source.variables, ...settings.variables } : source.variables,
    grantedVariables: settings.grant_variables ?? (isOwn ? source.granted_variables : []),
    // What a stranger's workflow had given it is in it still.
    isConfined: source.is_confined,
    timeoutSeconds: settings.timeout_seconds ?? source.timeout_seconds,
    autoRetry: source.auto_retry,
    maxRetries: source.max_retries,
    notifyOnCompletion: source.notify_on_completion,
    notifyOnFailure: source.notify_on_failure,
    tags: settings.tags ?? source.tags,
    metadata: settings.metadata ?? null,
    checkAfter: CHECK_AFTER_S,
  };
}

export const originOf = (source: Source, triggerType: TriggerType, how: Restart): Origin => ({
  ...BY_REQUEST,
  triggerType,
  parentExecutionId: source.id,
  rootExecutionId: source.root_execution_id ?? source.id,
  depth: source.depth,
  restart: how,
});
