/** The same five steps for everybody: what comes in, a value taken from it, doubled, compared, and one added. */

/** What each run is started with. */
export const INPUT = { amount: 21 };

/** What comes out of it. */
export const RESULT = 43;

/** Steps of a run, each of which is stored. */
export const STEPS = 5;
