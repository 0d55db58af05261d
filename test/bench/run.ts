/**
 * `npm run bench`: figures of the built Worker beside the least that does the same, in one alternated run. Figures are
 * goals and end with 0, met or missed; wrong answers end with 1. `-- --quick` is a look that proves little, `-- --smoke`
 * a test of the benchmark itself.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench, Extent, Row } from './bench.ts';
import { measureBundle } from './figures/bundle.ts';
import { measureFanOut } from './figures/fan-out.ts';
import { measureFirstToken } from './figures/first-token.ts';
import { measureListing } from './figures/listing.ts';
import { measureRoutes } from './figures/routes.ts';
import { logInEverybody } from './members.ts';
import { startChild } from './messages.ts';
import type { StackCommands } from './stack.ts';
import { composeFigures, describeMachine } from './table.ts';

const FULL: Extent = { rounds: 5, seconds: 2, starts: 5, subscribers: 1000 };
const QUICK: Extent = { rounds: 2, seconds: 0.5, starts: 1, subscribers: 1000 };
/** Shows that everything answers; its figures mean nothing. */
const SMOKE: Extent = { rounds: 1, seconds: 0.2, starts: 1, subscribers: 40 };

/** Ends a run that hangs; a full one takes three to four minutes. */
const TIME_LIMIT_MS = 8 * 60_000;

/** The last of these stops the database. */
const FIGURES = [measureRoutes, measureFirstToken, measureFanOut, measureBundle, measureListing];

async function measureAll(extent: Extent): Promise<Row[]> {
  const { commands: stack, stop } = startChild<StackCommands>(join(import.meta.dirname, 'stack.ts'));
  try {
    const started = await stack.start();
    const bench = {
      stack,
      started,
      extent,
      ...(await logInEverybody(started.worker, extent.subscribers)),
    } satisfies Bench;
    const rows: Row[] = [];
    for (const measure of FIGURES) {
      const startedAt = performance.now();
      rows.push(...(await measure(bench)));
      console.error(`${measure.name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    }
    return rows;
  } finally {
    await stop();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { quick: { type: 'boolean' }, smoke: { type: 'boolean' } } });
  const rows = await measureAll(values.smoke ? SMOKE : values.quick ? QUICK : FULL);
  console.log(`\n${composeFigures(rows)}\n\n${describeMachine()}`);
  console.log('Baselines: a bare Hono route or proxy, a bare hibernating Durable Object, a bundle of Hono alone.');
  if (values.smoke || values.quick) console.log('A short run: everything answers, but the figures do not count.');
}

setTimeout(() => {
  console.error(`Not done after ${TIME_LIMIT_MS / 60_000} minutes`);
  process.exit(1);
}, TIME_LIMIT_MS).unref();

await main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
