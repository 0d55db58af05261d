/** As long as an answer may be held back, in seconds. */
const LONGEST_WAIT_S = 30;

/** How many seconds a client would wait for the result, by its `Prefer` (RFC 7240, §4.3); 0 where it would not. */
export function readWait(prefer: string | undefined): number {
  const wanted = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec(prefer ?? '')?.[1];
  return Math.min(Number(wanted ?? 0), LONGEST_WAIT_S);
}

/** Says that an answer was held back, where it was. */
export const preferenceApplied = (seconds: number): Record<string, string> =>
  seconds > 0 ? { 'Preference-Applied': `wait=${seconds}` } : {};
