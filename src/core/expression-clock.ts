import { createHash } from 'node:crypto';

/** What expressions take from outside of their input: the time, in milliseconds since 1970, and chance. */
export type ExpressionClock = { readonly now: number; random: () => number };

export const liveClock = (): ExpressionClock => ({ now: Date.now(), random: Math.random });

/** The same time, and the same numbers one after another, for the same seed. */
export function seededClock(now: number, ...seed: (string | number)[]): ExpressionClock {
  // Most ask for no number.
  let state: [a: number, b: number, c: number, d: number] | null = null;
  return {
    now,
    /** sfc32 of PractRand (public domain), by Chris Doty-Humphrey. */
    random() {
      const [a, b, c, d] = state ?? stateOf(seed.join('/'));
      const sum = (a + b + d) | 0;
      const rotated = (c << 21) | (c >>> 11);
      state = [b ^ (b >>> 9), (c + (c << 3)) | 0, (rotated + sum) | 0, (d + 1) | 0];
      return (sum >>> 0) / 2 ** 32;
    },
  };
}

function stateOf(seed: string): [number, number, number, number] {
  const digest = createHash('sha256').update(seed).digest();
  return [digest.readInt32LE(0), digest.readInt32LE(4), digest.readInt32LE(8), digest.readInt32LE(12)];
}
