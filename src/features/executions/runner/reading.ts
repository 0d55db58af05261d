import type { Step } from '../events.ts';
import type { Desk } from './desk.ts';
import { NodePieces, toLiveNode } from './live-view.ts';
import type { LiveLog, LiveNode } from './types.ts';

/** Nodes after that order, at most so many; after `bytes` of inputs and outputs only what is small comes along. */
export type NodePage = { after: number; limit: number; bytes: number };

/** Lines after that one, at most so many. */
export type LogPage = { after: number; limit: number };

/** Of what has happened before somebody began to watch, the last nodes and lines. */
const PAST = { nodes: 300, logs: 300 };

/** Nodes of an execution by the order in which they began; null where it is not here. */
export function listNodes(desk: Desk, executionId: string, { after, limit, bytes }: NodePage): LiveNode[] | null {
  const facts = desk.facts.get(executionId);
  if (!facts) return null;
  const run = desk.peek(facts);
  const all = run.book.all();
  const rows = all.filter(({ order }) => order > after).slice(0, limit);
  const pieces = new NodePieces(executionId, run.spec, run.plan, desk.values, all);
  let left = bytes;
  return rows.map((row) => {
    const node = toLiveNode(executionId, run.plan, row, pieces);
    left -= node.inputBytes + node.outputBytes;
    return left >= 0 ? node : { ...node, input: null, output: null };
  });
}

/** What an execution has said; null where it is not here. */
export function listLogs(desk: Desk, executionId: string, { after, limit }: LogPage): LiveLog[] | null {
  if (!desk.facts.has(executionId)) return null;
  const lines: LiveLog[] = [];
  for (const line of desk.journal.logsOf(executionId, after)) {
    if (lines.length >= limit) break;
    lines.push(line);
  }
  return lines;
}

/** Tells the channel of an execution what has happened, and from now on what happens. */
export async function watch(desk: Desk, executionId: string): Promise<boolean> {
  const facts = desk.facts.get(executionId);
  if (!facts) return false;
  const isHere = desk.runs.has(executionId) || Boolean(facts.parked);
  const wasWatched = facts.isWatched && isHere && facts.completedAt === null;
  // What is told live needs not be told again.
  if (wasWatched) return true;
  facts.isWatched = true;
  desk.journal.saveRun(facts);
  const nodes = listNodes(desk, executionId, { after: 0, limit: Infinity, bytes: 1_000_000 }) ?? [];
  const logs = listLogs(desk, executionId, { after: 0, limit: Infinity }) ?? [];
  const execution = desk.describe(facts);
  const begun: Step[] =
    execution.startedAt === null ? [] : [{ kind: 'execution', execution: { ...execution, ...BEGUN } }];
  const past = [
    ...nodes
      .slice(-PAST.nodes)
      .map((node) => ({ at: node.completedAt ?? node.startedAt ?? 0, step: { kind: 'node', node } as Step })),
    ...logs.slice(-PAST.logs).map((log) => ({ at: log.loggedAt, step: { kind: 'log', log } as Step })),
  ].toSorted((one, other) => one.at - other.at);
  await desk.announcer.publish(facts, [...begun, ...past.map(({ step }) => step), { kind: 'execution', execution }]);
  return true;
}

/** As an execution was when it began. */
const BEGUN = { status: 'running', completedNodes: 0, failedNodes: 0, currentNode: null, completedAt: null } as const;
