import { defineConfig } from 'vitest/config';
import { ROOT, workerd } from '../vitest.config.ts';

const NODE_TESTS = ['test/heavy/killed-clients.test.ts'];

/** What takes minutes: `npm run test:heavy`. */
export default defineConfig({
  root: ROOT,
  test: {
    globalSetup: ['test/heavy/global-setup.ts'],
    silent: 'passed-only',
    projects: [
      {
        extends: true,
        plugins: [workerd],
        test: {
          name: 'heavy',
          include: ['test/heavy/**/*.test.ts'],
          exclude: NODE_TESTS,
          isolate: false,
          maxWorkers: 1,
          testTimeout: 10 * 60_000,
          hookTimeout: 20 * 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      // First, and by itself: it brings a stack of its own.
      { extends: true, test: { name: 'stack', include: NODE_TESTS, sequence: { groupOrder: 0 } } },
    ],
  },
});
