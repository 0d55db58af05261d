/** Milliseconds since 1970, and milliseconds. */
export type Queue = {
  now: number;
  limit: number;
  running: { workflowId: string; startedAt: number }[];
  waiting: { workflowId: string }[];
};

/** How long executions of a workflow take; undefined where nobody can tell. */
export type Durations = (workflowId: string) => number | undefined;

/**
 * When those that wait will begin, one after another, each as soon as one before it has made room; and when one more
 * would. From the first on of which nobody can tell how long it takes, nobody can tell.
 */
export function expectStarts({ now, limit, running, waiting }: Queue, takes: Durations): (number | null)[] {
  const ends: (number | null)[] = running.map(({ workflowId, startedAt }) => {
    const duration = takes(workflowId);
    return duration === undefined ? null : Math.max(now, startedAt + duration);
  });
  const places: (number | null)[] = [...ends, ...Array.from({ length: limit - ends.length }, () => now)];
  places.sort(soonerFirst);
  return [...waiting, null].map((one) => {
    const start = places.shift() ?? null;
    const duration = one && takes(one.workflowId);
    const end = start === null || duration === undefined || duration === null ? null : start + duration;
    insert(places, end);
    return start;
  });
}

/** What is not known comes last. */
const soonerFirst = (a: number | null, b: number | null) => (a ?? Infinity) - (b ?? Infinity) || 0;

function insert(places: (number | null)[], end: number | null): void {
  const at = places.findIndex((place) => soonerFirst(end, place) < 0);
  places.splice(at < 0 ? places.length : at, 0, end);
}
