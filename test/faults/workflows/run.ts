/**
 * `npm run faults:workflows`: a graph of ten nodes over the dev stack, which is killed at each of its steps, hears things
 * twice or not at all, or loses its database, as a table of what became of each run. It ends with 1 where a run is lost,
 * stuck or there twice, or where a node that was finished ran again. `-- --smoke` is a part of it.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { eventually } from '../../helpers/eventually.ts';
import { composeTable, type Column } from '../../helpers/markdown-table.ts';
import { FAULTS, killedDuring, SMOKE, type Fault, type Underway } from './faults.ts';
import { GRAPH, STEPS, UNSAFE_GRAPH } from './graph.ts';
import { Place, type Recorded } from './place.ts';

/** A run whose runner went silent is found and goes on within this time. */
const RESUME_LIMIT_MS = 2 * 60_000;

/** Of the whole; each kill takes as long as the stack takes to start. */
const TIME_LIMIT_MS = 20 * 60_000;

interface Row {
  fault: string;
  ended: string;
  seconds: number;
  /** Steps that were under way when everything was killed, and began again. */
  resumed: string[];
  faults: string[];
}

/** Starts the workflow, has the fault strike, and waits until the execution is recorded as ended. */
async function strike(place: Place, workflow: string, fault: Fault) {
  const run = randomUUID();
  const input = { service: `http://${place.service.address}`, run, think_ms: fault.thinkMs ?? 0 };
  const called = fault.holds === undefined ? null : place.service.holdNext(run, fault.holds);
  const execution = await begin(place, workflow, input, fault.isLost ?? false);
  const watcher = place.watch(execution);
  await watcher.connect();
  const underway: Underway = { place, run, execution, watcher };
  await within(called ?? fault.when(underway), `${fault.name}: it does not come to that`);
  const startedAt = performance.now();
  await fault.strike(underway);
  /** What was told to be done before, and so must not be done again. */
  const finished = new Set(watcher.completed());
  await watcher.connect();
  const recorded = await eventually(async () => {
    const record = await place.recordOf(execution);
    return !['pending', 'running'].includes(record.status) && record;
  }, RESUME_LIMIT_MS).catch(() => place.recordOf(execution));
  const seconds = (performance.now() - startedAt) / 1000;
  return { ...underway, finished, recorded, seconds };
}

/** Starts it, or leaves it as it stands where the message to its runner was lost. */
async function begin(place: Place, workflow: string, input: object, isLost: boolean): Promise<string> {
  if (!isLost) {
    const { execution_id: id } = await place.ask<{ execution_id: string }>('POST', `/workflows/${workflow}/execute`, {
      inputs: input,
    });
    return id;
  }
  const body = { workflow_id: workflow, input_data: input };
  const { id } = await place.ask<{ id: string }>('POST', '/executions?start_immediately=false', body);
  await place.query(`update workflow_executions set next_check_at = now() - interval '1 second' where id = $1`, [id]);
  return id;
}

async function makeRow(place: Place, workflow: string, fault: Fault): Promise<Row> {
  const { run, execution, watcher, finished, recorded, seconds } = await strike(place, workflow, fault);
  const calls = await countCalls(place, run);
  const resumed: string[] = [];
  const faults: string[] = [];
  if (recorded.status !== 'completed') faults.push(`${recorded.status}: ${recorded.code}`);
  const wanted = STEPS.map((step) => `${step} completed`).toSorted();
  if (recorded.nodes.toSorted().join() !== wanted.join()) faults.push(`recorded are ${recorded.nodes.join(', ')}`);
  for (const [step, { count, keys }] of calls) {
    if (count === 0) faults.push(`${step} never ran`);
    if (fault.isDeadly && !finished.has(step) && count === 2) resumed.push(step);
    else if (count > 1) faults.push(`${step} ran ${count}×`);
    if (keys > 1) faults.push(`${step} came as ${keys} different requests`);
  }
  const [{ runs }] = (await place.query(
    `select count(*)::int as runs from workflow_executions where input_data ->> 'run' = $1`,
    [run],
  )) as [{ runs: number }];
  if (runs !== 1) faults.push(`${runs} executions`);
  await eventually(async () => watcher.has('execution_completed'), 10_000).catch(() =>
    faults.push('its end is not told'),
  );
  watcher.close();
  const told = watcher.completed().toSorted();
  if (told.join() !== STEPS.toSorted().join()) faults.push(`told are ${told.join(', ')}`);
  if (faults.length > 0) faults.push(execution);
  return { fault: fault.name, ended: recorded.status, seconds, resumed, faults };
}

/** How often each step reached somebody else, and as how many different requests. */
async function countCalls(place: Place, run: string): Promise<Map<string, { count: number; keys: number }>> {
  const counted = new Map<string, { count: number; keys: number }>();
  const calls = place.service.callsOf(run);
  for (const step of STEPS.filter((name) => /^(fetch|send|item)/.test(name))) {
    const own = calls.filter((call) => call.step === step);
    counted.set(step, { count: own.length, keys: new Set(own.map(({ key }) => key)).size });
  }
  return counted.set('ask', { count: (await place.modelCalls(run)).calls, keys: 1 });
}

/** A call that must not be made twice fails its node instead, and says why. */
async function makeUnsafeRow(place: Place): Promise<Row> {
  const workflow = await createWorkflow(place, 'Unsafe', UNSAFE_GRAPH);
  const fault = killedDuring('send');
  const { run, watcher, recorded, seconds } = await strike(place, workflow, fault);
  watcher.close();
  const { length: count } = place.service.callsOf(run);
  const faults: string[] = [];
  if (recorded.status !== 'failed' || recorded.code !== 'interrupted_unsafe') {
    faults.push(`${recorded.status}: ${recorded.code}`);
  }
  if (count !== 1) faults.push(`send ran ${count}×`);
  return { fault: `${fault.name}, without a key`, ended: describeEnd(recorded), seconds, resumed: [], faults };
}

const describeEnd = ({ status, code }: Recorded): string => (code === null ? status : `${status}: ${code}`);

async function createWorkflow(place: Place, name: string, definition: object): Promise<string> {
  const { id } = await place.ask<{ id: string }>('POST', '/workflows', { name, definition });
  return id;
}

async function makeTable(place: Place, isSmoke: boolean): Promise<Row[]> {
  const workflow = await createWorkflow(place, 'Ten nodes', GRAPH);
  const rows: Row[] = [];
  const wanted = FAULTS.filter(({ name }) => !isSmoke || SMOKE.includes(name));
  for (const fault of wanted) {
    const row = await makeRow(place, workflow, fault).catch((error: Error) => brokenRow(fault, error));
    rows.push(report(row));
  }
  return [...rows, report(await makeUnsafeRow(place))];
}

/** The others are made all the same. */
const brokenRow = ({ name }: Fault, { message }: Error): Row => ({
  fault: name,
  ended: '',
  seconds: Number.NaN,
  resumed: [],
  faults: [message],
});

/** A line for whoever waits for the table. */
function report(row: Row): Row {
  console.error(`${row.fault}: ${row.faults.join('; ') || 'ok'}`);
  return row;
}

const COLUMNS: Column<Row>[] = [
  ['fault', ({ fault }) => fault],
  ['ended', ({ ended }) => ended],
  ['seconds', ({ seconds }) => (Number.isNaN(seconds) ? '' : seconds.toFixed(1))],
  ['under way, and begun again', ({ resumed }) => resumed.join(', ')],
  ['', ({ faults }) => faults.join('; ') || 'ok'],
];

async function within<T>(work: Promise<T>, message: string, limitMs = RESUME_LIMIT_MS): Promise<T> {
  const late = sleep(limitMs, undefined, { ref: false }).then(() => {
    throw new Error(message);
  });
  return Promise.race([work, late]);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { smoke: { type: 'boolean' } } });
  const place = new Place();
  // What it started has groups of its own, which Ctrl-C does not reach.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void place.close().finally(() => process.exit(1)));
  }
  try {
    await place.open();
    const limit = `Not done after ${TIME_LIMIT_MS / 60_000} minutes`;
    const rows = await within(makeTable(place, values.smoke ?? false), limit, TIME_LIMIT_MS);
    console.log(composeTable(COLUMNS, rows));
    const bad = rows.filter(({ faults }) => faults.length > 0).length;
    console.log(`\n${rows.length} rows, ${bad} of them wrong. Seconds from the fault to the recorded end.`);
    if (bad > 0) process.exitCode = 1;
  } finally {
    await place.close();
  }
}

await main().catch((error: Error) => {
  console.error(error.stack);
  process.exitCode = 1;
});
