import { SECOND } from '../../../core/time.ts';
import type { WaitReason } from '../../nodes/index.ts';
import type { NodeRow, OpenWait } from './facts.ts';

/** What waits longer than this gives back its place. */
const SHORT_MS = 5 * SECOND;

/** A node that has done what it can for now; `at` is when it goes on by itself, if ever. */
export type Waiting = { row: NodeRow; at: number | null };

/** All that goes on in an execution is waiting: why, until when, and what would end it before. */
export type Rest = {
  reason: WaitReason;
  /** When what it waits for ends, if that is known. */
  until: number | null;
  /** When the first of it goes on by itself. */
  wakeAt: number | null;
  node: string;
  open: OpenWait[];
};

/** The words of these count more than those of others: somebody can do something about it. */
const TOLD_FIRST: readonly WaitReason[] = ['approval', 'callback', 'sub_workflow'];

const rankOf = ({ row }: Waiting) => {
  const rank = TOLD_FIRST.indexOf((row.waitReason ?? 'schedule') as WaitReason);
  return rank < 0 ? TOLD_FIRST.length : rank;
};

/** Null where nothing waits. */
export function restOf(all: Iterable<Waiting>): Rest | null {
  const sorted = [...all].toSorted(
    (one, other) => rankOf(one) - rankOf(other) || (one.at ?? Infinity) - (other.at ?? Infinity),
  );
  const [first] = sorted;
  if (!first) return null;
  const times = sorted.flatMap(({ at }) => at ?? []);
  return {
    reason: (first.row.waitReason ?? 'schedule') as WaitReason,
    until: first.at,
    wakeAt: times.length === 0 ? null : Math.min(...times),
    node: first.row.nodeKey,
    open: sorted.flatMap(({ row }) => row.wait ?? []),
  };
}

/** Whether nothing will go on for a while. One that waits for another execution makes room for it at once. */
export const isLong = ({ wakeAt, open }: Rest, now: number): boolean =>
  open.some(({ kind }) => kind === 'call') || wakeAt === null || wakeAt > now + SHORT_MS;

/** Whether the time of it counts as time of the execution: only what others are waited for does not. */
export const countsTime = ({ open }: Rest): boolean => open.length === 0;
