import { canonicalJson } from '../../../core/json-order.ts';
import type { Rerun } from '../../../db/schema/index.ts';
import { findNodeType } from '../../nodes/index.ts';
import type { Plan, PlannedNode } from '../engine/plan.ts';

/** What is taken over or done again as one: a node, of a loop the loop with everything in it. */
export function unitOf(plan: Plan, nodeKey: string): PlannedNode | null {
  let planned = plan.nodes.get(nodeKey) ?? null;
  while (planned?.scope.loop) planned = planned.scope.loop;
  return planned;
}

/** The units that follow these, by whatever way. */
export function followersOf(units: Iterable<PlannedNode>): Set<PlannedNode> {
  const seen = new Set<PlannedNode>();
  const open = [...units];
  for (let at = open.pop(); at; at = open.pop()) {
    for (const { to } of at.outgoing) {
      if (seen.has(to)) continue;
      seen.add(to);
      open.push(to);
    }
  }
  return seen;
}

type Question = {
  /** What ran, and what is to run. */
  before: Plan;
  after: Plan;
  /** By node, why somebody wants it done again; the ids are those of nodes that are there. */
  wanted: ReadonlyMap<string, Rerun['reason']>;
  /** Ids of units that came to an end from which something went on. */
  done: ReadonlySet<string>;
  /** Ids of units whose values are not all there any more. */
  torn: ReadonlySet<string>;
  /** Whether what was passed over was so because no way led to it, and not because the execution had ended. */
  isWhole: boolean;
};

/** What of an execution is done again in another one, with the reason, and what is taken over. */
export function planReruns(question: Question): { reruns: Rerun[]; reused: string[] } {
  const { after, done, wanted, isWhole } = question;
  const reasons = new Map<PlannedNode, Rerun['reason']>();
  for (const [nodeKey, reason] of wanted) {
    const unit = unitOf(after, nodeKey);
    if (unit && !reasons.has(unit)) reasons.set(unit, reason);
  }
  for (const unit of after.root.nodes) {
    if (reasons.has(unit)) continue;
    const reason = whyAgain(question, unit);
    if (reason) reasons.set(unit, reason);
  }
  for (const unit of followersOf(reasons.keys())) if (!reasons.has(unit)) reasons.set(unit, 'follows');
  const isOpen = ({ node }: PlannedNode) => !done.has(node.id) && !isWhole;
  for (const unit of after.root.nodes) if (!reasons.has(unit) && isOpen(unit)) reasons.set(unit, 'not_completed');
  const units = after.root.nodes;
  return {
    reruns: units.flatMap((unit) => {
      const reason = reasons.get(unit);
      return reason
        ? [{ node: unit.node.id, reason: isOpen(unit) && reason === 'follows' ? 'not_completed' : reason }]
        : [];
    }),
    reused: units.filter((unit) => done.has(unit.node.id) && !reasons.has(unit)).map(({ node }) => node.id),
  };
}

function whyAgain({ before, done, torn }: Question, unit: PlannedNode): Rerun['reason'] | null {
  const former = before.nodes.get(unit.node.id);
  if (!former || describe(former) !== describe(unit)) return 'changed';
  return done.has(unit.node.id) && torn.has(unit.node.id) ? 'missing_record' : null;
}

/** All that decides what a unit gives for what it is given, and what it is given. */
function describe(unit: PlannedNode): string {
  return canonicalJson(membersOf(unit).toSorted(byId).map(describeNode));
}

const byId = (one: PlannedNode, other: PlannedNode) => (one.node.id < other.node.id ? -1 : 1);

const membersOf = (unit: PlannedNode): PlannedNode[] => [unit, ...(unit.body?.nodes ?? []).flatMap(membersOf)];

function describeNode({ node, incoming, isEntry, scope }: PlannedNode): object {
  const { id, type, config, isDisabled, continueOnError } = node;
  return {
    id,
    type: findNodeType(type)?.type ?? type,
    config,
    isDisabled,
    continueOnError,
    isEntry,
    loop: scope.loop?.node.id ?? null,
    ways: incoming.map(({ from, fromPort }) => `${from.node.id}.${fromPort}`).toSorted(),
  };
}
