/** The least that a run can be: a bare Durable Object, in the same workerd, that stores a row for each step. */
import { STEPS } from './chain.ts';
import { post, type Engine } from './engines.ts';

export const floor = (origin: string): Engine => ({
  name: 'a bare object',
  route: post(origin, '/steps'),
  async countStored() {
    const { count } = (await (await fetch(`${origin}/steps`)).json()) as { count: number };
    return count / STEPS;
  },
  stop: async () => {},
});
