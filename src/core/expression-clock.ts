import { createHash } from 'node:crypto';

/** What expressions take from outside of their input: the time, in milliseconds since 1970, and chance. */
export type ExpressionClock = { readonly now: number; random: () => number };

export const liveClock = (): ExpressionClock => ({ now: Date.now(), random: Math.random });

/** The same time, and the same numbers one after another, for the same seed. */
export function seededClock(now: number, ...seed: (string | number)[]): ExpressionClock {
  const digest = createHash('sha256').update(seed.join('/')).digest();
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => digest.readInt32LE(at)) as [number, number, number, number];
  return {
    now,
    /** sfc32 of PractRand (public domain), by Chris Doty-Humphrey. */
    random() {
      const sum = (a + b + d) | 0;
      d = (d + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (c << 21) | (c >>> 11);
      c = (c + sum) | 0;
      return (sum >>> 0) / 2 ** 32;
    },
  };
}
