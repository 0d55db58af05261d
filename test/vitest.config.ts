import { join } from 'node:path';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './longest-first.ts';

export const ROOT = join(import.meta.dirname, '..');

/** Tests of what stands around the Worker, and of the source itself. All others run inside workerd. */
const NODE_TESTS = [
  'test/bench/**/*.test.ts',
  'test/local/**/*.test.ts',
  'test/docs/**/*.test.ts',
  'test/contract/architecture.test.ts',
  'test/contract/bundle.test.ts',
  'test/contract/docs.test.ts',
  'test/contract/openapi.test.ts',
  'test/faults/**/stack*.test.ts',
  'test/replay/**/*.test.ts',
  'test/features/audit/tampering.test.ts',
];

/** What is told by the time that things take, which others beside it would change. */
const TIMED_TESTS = ['test/features/executions/simulate/coverage.test.ts'];

// Tests run without the network: no lookup of where this machine is, no variables of a developer's own .env.
process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';
process.env.CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV = 'false';
process.env.WRANGLER_SEND_METRICS = 'false';

/** The Worker with the local stand-ins around it, in the runtime of production. */
export const workerd = cloudflareTest(({ inject }) => ({
  main: join(ROOT, 'local/worker.ts'),
  wrangler: { configPath: join(ROOT, 'wrangler.toml') },
  miniflare: {
    bindings: {
      ...inject('stack'),
      ENVIRONMENT: 'test',
      RATE_LIMITS: 'off',
      LLM_STALL_LIMIT_MS: '5000',
      // Tests share the local model: what one of them breaks on purpose is not to break others.
      LLM_CIRCUIT_FAILURES: '40',
      // Whatever a developer's own .dev.vars says, tests never reach a real provider.
      OPENAI_API_KEY: '',
      OPENAI_BASE_URL: '',
    },
  },
}));

export default defineConfig({
  root: ROOT,
  test: {
    globalSetup: ['test/global-setup.ts'],
    silent: 'passed-only',
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        plugins: [workerd],
        test: {
          name: 'workers',
          include: ['test/**/*.test.ts'],
          exclude: [...NODE_TESTS, ...TIMED_TESTS, 'test/heavy/**'],
          // One workerd for the files of a worker, as in production many requests share an isolate. A start per file takes
          // a second each, and no test leaves anything behind that another one could meet.
          isolate: false,
          maxWorkers: 2,
          // The database is everybody's: a race of hundreds of calls in one file keeps the others waiting for seconds.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'node',
          include: NODE_TESTS,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // After the others, because whole stacks that start beside them take the processor away.
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        plugins: [workerd],
        test: { name: 'timed', include: TIMED_TESTS, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
