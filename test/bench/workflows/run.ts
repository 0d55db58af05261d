/**
 * `npm run bench:workflows`: a workflow of five steps, from the request to its stored result, beside n8n and DBOS over the
 * same PostgreSQL and beside a bare Durable Object, in one alternated run; then what must not grow with nodes and with
 * runs. Each run is looked for where it is stored, whole and once. Figures are goals and end with 0, met or missed; wrong
 * answers end with 1. `-- --quick` is a look that proves little, `-- --smoke` a test of the benchmark itself, without the
 * others. The first run installs them into `.synapse-bench/`, of which n8n takes minutes and 3 GB.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Row } from '../bench.ts';
import { startChild } from '../messages.ts';
import type { StackCommands } from '../stack.ts';
import { composeFigures, describeMachine } from '../table.ts';
import { measureCallers, type Extent } from './callers.ts';
import { startDbos } from './dbos.ts';
import type { Engine } from './engines.ts';
import { floor } from './floor.ts';
import { startN8n } from './n8n.ts';
import { createChain, openPlace, own } from './own.ts';
import { compareAll } from './report.ts';
import { measureScale } from './scale.ts';

type Run = Extent & { callers: number[]; lengths: number[]; finishedRuns: number };

const FULL: Run = { rounds: 5, seconds: 2, callers: [1, 4, 16], lengths: [10, 100, 1000], finishedRuns: 10_000 };
const QUICK: Run = { ...FULL, rounds: 2, seconds: 0.8 };
/** Shows that everything answers; its figures mean nothing. */
const SMOKE: Run = { rounds: 1, seconds: 0.2, callers: [1, 4], lengths: [10, 30], finishedRuns: 100 };

/** Ends a run that hangs, once the others are installed and started. */
const TIME_LIMIT_MS = 15 * 60_000;

async function measureAll(run: Run, withRivals: boolean): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'synapscale-bench-peers-'));
  const stack = startChild<StackCommands>(join(import.meta.dirname, '../stack.ts'));
  const rivals: Engine[] = [];
  try {
    const { worker, baseline, databaseUrl } = await stack.commands.start();
    if (withRivals) {
      rivals.push(...(await orNobody('DBOS', async () => [await startDbos(databaseUrl)])));
      rivals.push(...(await orNobody('n8n', () => startN8n(databaseUrl, folder))));
    }
    limitTime();
    const place = await openPlace(worker, databaseUrl);
    const engines = [own(place, await createChain(place)), floor(baseline), ...rivals];
    const rows: Row[] = [];
    let runs = 0;
    for (const callers of run.callers) {
      const measured = await measureCallers(engines, callers, run);
      runs += measured.runs;
      const lines = engines.map((engine, n) => ({
        name: engine.name,
        rounds: measured.rounds[n]!,
        isRival: rivals.includes(engine),
      }));
      rows.push(...compareAll(callers, lines));
    }
    const scale = await measureScale(place, run, run);
    console.log(`\n${runs + scale.runs} runs, each stored once with all of its steps.`);
    return [...rows, ...scale.rows];
  } finally {
    await Promise.all(rivals.map((rival) => rival.stop()));
    await stack.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Nobody where they cannot be had, as without a network. */
async function orNobody(name: string, start: () => Promise<Engine[]>): Promise<Engine[]> {
  console.error(`Starting ${name}, which is installed first where it is not there yet.`);
  return start().catch((error: Error) => {
    console.log(`Without ${name}, which cannot be had here: ${error.message.split('\n')[0]}`);
    return [];
  });
}

function limitTime(): void {
  setTimeout(() => {
    console.error(`Not done after ${TIME_LIMIT_MS / 60_000} minutes`);
    process.exit(1);
  }, TIME_LIMIT_MS).unref();
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { quick: { type: 'boolean' }, smoke: { type: 'boolean' } } });
  const rows = await measureAll(values.smoke ? SMOKE : values.quick ? QUICK : FULL, !values.smoke);
  console.log(`\n${composeFigures(rows)}\n\n${describeMachine()}`);
  console.log(
    'Figures are p50 / p95 of a request that waits for the result, and runs a second; ratios are ours by the',
  );
  console.log('other’s, of p50 and of runs a second. A node costs its share of the p50 of a whole run.');
  const goals = rows.filter(({ met }) => met !== null);
  console.log(`Goals met: ${goals.filter(({ met }) => met).length} of ${goals.length}.`);
  if (values.smoke || values.quick) console.log('A short run: everything answers, but the figures do not count.');
}

await main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
