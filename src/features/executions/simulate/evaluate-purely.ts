import { requireUser } from '../../../core/actor.ts';
import type { Ctx } from '../../../context.ts';
import type { JsonObject } from '../../../db/schema/index.ts';
import {
  executeNode,
  findNodeType,
  isComputing,
  NodeError,
  resolveNodeConfig,
  type NodeScope,
} from '../../nodes/index.ts';
import type { Plan, PlannedNode } from '../engine/plan.ts';
import { RunState, wayAfterFailure, type Step } from '../engine/run-state.ts';
import { openedLoop } from '../runner/loop-values.ts';

/** What an execution would be started with. */
export type Given = { inputs: JsonObject; variables: JsonObject; workflowId: string };

/** What a node comes to with that, whatever else happens. */
export type Known = {
  output: unknown;
  /** Null where it fails, of which the message says why. */
  port: string | null;
  message: string | null;
  /** Of a loop. */
  items?: number;
};

export type Evaluation = {
  known: Map<string, Known>;
  /** Configurations of nodes that do more than compute, filled in. */
  resolved: Map<string, JsonObject>;
};

/** Nodes that are computed beforehand: enough to know where most workflows turn. */
const NODES_LIMIT = 100;

/**
 * Computes as much of an execution as follows from what it is started with: nodes that only compute, as far as all
 * before them do. What calls somebody is not run, and nothing of what comes after it is known.
 */
export async function evaluatePurely(ctx: Ctx, plan: Plan, given: Given): Promise<Evaluation> {
  const state = new RunState(plan);
  const known: Evaluation['known'] = new Map();
  const resolved: Evaluation['resolved'] = new Map();
  const variables = { ...given.variables };
  for (let work = state.next(), left = NODES_LIMIT; work && left > 0; work = state.next(), left--) {
    const { step } = work;
    const scope = scopeOf(ctx, step, known, state, { ...given, variables });
    if (work.kind === 'loop' || !scope) continue;
    const { planned } = step;
    const { node } = planned;
    const type = findNodeType(node.type);
    if (node.isDisabled || type?.type === 'delay') {
      known.set(node.id, { output: scope.input ?? null, port: 'output', message: null });
      state.complete(step, 'output');
    } else if (type && !isComputing(type)) {
      const config = await resolveNodeConfig(type, node.config, { ctx, scope }).catch(noteNothing);
      if (config) resolved.set(node.id, config);
    } else if (type && !planned.role.goesWithFirst) {
      const result = await compute(ctx, planned, scope, variables);
      known.set(node.id, result);
      // How often its body runs is known then, but not what comes of it.
      if (!planned.body || result.port === null) leave(state, step, result);
    }
  }
  return { known, resolved };
}

async function compute(ctx: Ctx, planned: PlannedNode, scope: NodeScope, variables: JsonObject): Promise<Known> {
  const { node, body } = planned;
  const means = {
    ctx,
    scope,
    key: 'simulation',
    // To be simulated is no use that is counted.
    attempt: 2,
    signal: new AbortController().signal,
    log: () => {},
  };
  try {
    const outcome = await executeNode(findNodeType(node.type)!, node.config, means);
    if (outcome.kind !== 'done') return { output: outcome.output, port: 'output', message: null };
    Object.assign(variables, outcome.variables);
    const items = body ? { items: openedLoop(outcome.output).items.length } : {};
    return { output: outcome.output, port: outcome.port ?? 'output', message: null, ...items };
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    const { code, message, details } = error;
    return { output: { error: { code, message, node_id: node.id, details } }, port: null, message };
  }
}

function leave(state: RunState, step: Step, { port, message }: Known): void {
  const way = port ?? wayAfterFailure(step.planned);
  if (way !== null) state.complete(step, way);
  else state.fail(step, { code: 'failed', message: message!, nodeKey: null, details: {}, isRetryable: false });
}

/** What a node would see; null where it may speak of a node of which nothing is known. */
function scopeOf(
  ctx: Ctx,
  { planned }: Step,
  known: Evaluation['known'],
  state: RunState,
  { inputs, variables, workflowId }: Given,
): NodeScope | null {
  const skipped = new Set(state.skipped.map((step) => step.planned.node.id));
  const speaksOf = planned.references ?? [...known.keys()];
  if (speaksOf.some((id) => id !== planned.node.id && !known.has(id) && !skipped.has(id))) return null;
  const sources = planned.incoming.filter(({ from, fromPort }) => {
    const source = known.get(from.node.id);
    return source && (source.port ?? wayAfterFailure(from)) === fromPort;
  });
  const byId = Object.fromEntries(sources.map(({ from }) => [from.node.id, known.get(from.node.id)!.output]));
  const [first, ...others] = Object.values(byId);
  return {
    input: sources.length === 0 ? inputs : others.length === 0 ? first : byId,
    inputs: byId,
    nodes: Object.fromEntries(
      speaksOf.flatMap((id) => (known.has(id) ? [[id, { output: known.get(id)!.output }]] : [])),
    ),
    trigger: inputs,
    context: {},
    variables,
    execution: {
      id: '00000000-0000-0000-0000-000000000000',
      workflow_id: workflowId,
      user_id: requireUser(ctx.actor).id,
      node_id: planned.node.id,
      started_at: new Date().toISOString(),
    },
  };
}

/** What cannot be filled in now is not known. */
function noteNothing(error: unknown): null {
  if (error instanceof NodeError) return null;
  throw error;
}
