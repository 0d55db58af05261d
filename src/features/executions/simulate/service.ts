import { requireUser, requireWorkspace } from '../../../core/actor.ts';
import { notFound } from '../../../core/errors.ts';
import { digestUuid } from '../../../core/ids.ts';
import type { Ctx } from '../../../context.ts';
import type { WorkflowDefinition } from '../../../db/schema/index.ts';
import {
  presentFault,
  readDefinition,
  selectRunnable,
  validateDefinition,
  withoutSecrets,
} from '../../workflows/index.ts';
import { compilePlan, type Plan } from '../engine/plan.ts';
import { nodeFactsOf } from '../runner/live-view.ts';
import { roleOf } from '../runner/plans.ts';
import { evaluatePurely, type Evaluation } from './evaluate-purely.ts';
import { forecast, type Forecast, type NodeForecast } from './forecast.ts';
import { readHistory } from './history.ts';
import { findMissingVariables, previewCalls, type Calls } from './missing.ts';
import { kindsWithoutHistory, modelNodes } from './node-models.ts';
import { findSimilarNodes } from './queries.ts';
import type { Bounds } from './ranges.ts';
import type { Remark, Simulation, SimulationRequest } from './schemas.ts';
import { judgeBudgets, judgeStart } from './verdicts.ts';

/**
 * What would come of starting a workflow: whether it runs, what is missing, what it will take and cost, and whether that
 * is allowed. Nothing is spent, nobody is called, and nothing is written.
 * @throws {AppError} `not_found`
 */
export async function simulateWorkflow(ctx: Ctx, workflowId: string, input: SimulationRequest): Promise<Simulation> {
  const flow = await requireFlow(ctx, workflowId, input);
  const isForeign = flow.createdBy !== requireUser(ctx.actor).id;
  // What it may read is what an execution might.
  const theirs: Ctx = { ...ctx, grants: isForeign ? (input.grant_variables ?? []) : null };
  const { errors, warnings, isTruncated } = validateDefinition(flow.definition);
  const [missing, start] = await Promise.all([
    findMissingVariables(theirs, flow.definition, input.variables ?? {}),
    judgeStart(ctx, { workflowId: flow.id, workflowLimit: flow.maxConcurrentExecutions }),
  ]);
  const foreseen = errors.length > 0 ? null : await foresee(theirs, flow, input);
  const allMissing = [...missing, ...(foreseen?.calls.missing ?? [])];
  const isStopped = flow.status === 'archived' || flow.status === 'paused';
  return {
    workflow_id: flow.id,
    version: flow.version,
    is_runnable: errors.length === 0 && allMissing.length === 0 && !isStopped,
    errors: errors.map(presentFault),
    warnings: warnings.map(presentFault),
    is_truncated: isTruncated,
    missing: allMissing,
    remarks: foreseen ? [...foreseen.calls.warnings, ...failuresOf(foreseen.evaluation)] : [],
    duration_ms: foreseen && { ...foreseen.forecast.ms, ...wholeMs(foreseen.forecast.ms) },
    cost_usd: foreseen && foreseen.forecast.usd,
    nodes: foreseen ? foreseen.forecast.nodes.map((node) => presentNode(foreseen.plan, node)) : [],
    critical_path: foreseen?.forecast.path ?? [],
    critical_path_probability: round(foreseen?.forecast.pathShare ?? 0),
    budget: foreseen && (await judgeBudgets(ctx, foreseen.forecast.usd, foreseen.calls.previews.values())),
    start,
  };
}

type Flow = {
  id: string;
  createdBy: string | null;
  status: string;
  maxConcurrentExecutions: number | null;
  version: number | null;
  definition: WorkflowDefinition;
};

/** What would be run: a version as an execution chooses it, or what is not saved yet, which is the caller's. */
async function requireFlow(
  ctx: Ctx,
  workflowId: string,
  { version, stage, definition }: SimulationRequest,
): Promise<Flow> {
  const { id: workspaceId } = requireWorkspace(ctx.actor);
  const [flow] = await selectRunnable(ctx.db, {
    workflowId,
    workspaceId,
    version: (definition ? null : version) ?? undefined,
    stage: (definition ? null : stage) ?? undefined,
  });
  if (!flow) throw notFound('workflow');
  if (!definition) {
    // Outside its own workspace it runs as it is shown.
    return flow.workspaceId === workspaceId ? flow : { ...flow, definition: withoutSecrets(flow.definition) };
  }
  const connections = definition.connections ?? definition.edges ?? [];
  return { ...flow, version: null, createdBy: requireUser(ctx.actor).id, definition: { ...definition, connections } };
}

type Foreseen = { plan: Plan; evaluation: Evaluation; calls: Calls; forecast: Forecast };

async function foresee(ctx: Ctx, flow: Flow, { inputs, variables }: SimulationRequest): Promise<Foreseen> {
  const plan = compilePlan(readDefinition(flow.definition), roleOf);
  const history = await readHistory(ctx, flow.id, plan, flow.definition);
  const evaluation: Evaluation = inputs
    ? await evaluatePurely(ctx, plan, { inputs, variables: variables ?? {}, workflowId: flow.id })
    : { known: new Map(), resolved: new Map() };
  const [calls, similar] = await Promise.all([
    previewCalls(ctx, plan, evaluation.resolved),
    findSimilarNodes(ctx.db, requireWorkspace(ctx.actor).id, kindsWithoutHistory(plan, history)),
  ]);
  const { known } = evaluation;
  const models = modelNodes({ plan, history, similar, known, previews: calls.previews });
  // The same question gets the same answer, as long as nothing has run meanwhile.
  const seed = Number.parseInt(digestUuid(flow.id, flow.version ?? 0).slice(0, 8), 16);
  return { plan, evaluation, calls, forecast: forecast({ plan, models, history, known }, seed) };
}

const failuresOf = ({ known }: Evaluation): Remark[] =>
  [...known].flatMap(([id, { message }]) =>
    message === null ? [] : [{ kind: 'failure' as const, node_id: id, name: null, message }],
  );

function presentNode(plan: Plan, node: NodeForecast): Simulation['nodes'][number] {
  const { nodeType, nodeName } = nodeFactsOf(plan, node.id);
  return {
    node_id: node.id,
    node_type: nodeType,
    node_name: nodeName,
    probability: round(node.probability),
    expected_runs: round(node.runs),
    duration_ms: wholeMs(node.ms),
    cost_usd: node.usd,
    basis: node.basis,
    samples: node.samples,
    on_critical_path: node.onPath,
  };
}

/** Outwards, so that what was within stays so. */
const wholeMs = ({ low, expected, high }: Bounds): Bounds => ({
  low: Math.floor(low),
  expected: Math.round(expected),
  high: Math.ceil(high),
});

const round = (value: number): number => Math.round(value * 1_000) / 1_000;
