/**
 * `npm run faults:llm`: what clients see of every fault of a provider, and what it costs them, as a table. It ends with 1
 * where an answer ends early and does not say so, or where more is billed than the provider charges. `-- --smoke` is a
 * part of it.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { eventually } from '../../helpers/eventually.ts';
import { composeTable, type Column } from '../../helpers/markdown-table.ts';
import { ask, SURFACES, type Seen, type Surface } from './clients.ts';
import { openPlace, STALL_LIMIT_MS, type Entries, type Place, type Stats } from './place.ts';

const PIECE = 4;
const SILENCE_MS = 4 * STALL_LIMIT_MS;

/** What the stub is asked for; the others are made without it. */
const FAULTS: Record<string, string> = {
  none: '',
  'refused connection': '',
  'status 500': 'status=500',
  'status 429': 'status=429',
  'stall before the first token': `stall=${SILENCE_MS}`,
  'stall in the middle': `stall=${SILENCE_MS} after=${PIECE}`,
  'connection cut': `cut=${PIECE}`,
  'ends early': `end=${PIECE}`,
  'malformed JSON': `malformed after=${PIECE}`,
  'error event': `error after=${PIECE}`,
  'empty answer': 'empty',
  'client leaves': 'tokens=8 delay=1000',
};

const SMOKE = ['none', 'refused connection', 'status 500', 'connection cut'];

/** Ends a run that hangs, once everything has started; a full one takes less than half of it. */
const TIME_LIMIT_MS = 2 * 60_000;

/** Rows that are made at the same time. */
const AT_ONCE = 6;

interface Row {
  fault: string;
  surface: Surface;
  hasFallback: boolean;
  seen: Seen;
  stats: Stats;
  entries: Entries;
  charged: number;
  faults: string[];
}

async function makeRow(
  place: Place,
  fault: string,
  surface: Surface,
  hasFallback: boolean,
  unbroken: string,
): Promise<Row> {
  const id = randomUUID();
  const isReachable = fault !== 'refused connection';
  const leaves = fault === 'client leaves';
  const content = `[[stub id=${id} times=1 tokens=16 ${FAULTS[fault]}]] Hello`;
  const target = place.targetOf({ isReachable, hasFallback, isOpenai: surface === '/v1 stream' });
  const seen = await ask(place, { id, surface, content, target, ...(leaves && { leave: leaveLater(place, id) }) });
  const entries = await place.entriesOf(id);
  const stats = await place.statsOf(id);
  // Whom nobody can reach has no meter, and is called all the same.
  const calls = stats.calls + (isReachable ? 0 : 1);
  const charged = place.priceOf(stats.metered);
  const faults: string[] = [];
  if (seen.end === null) faults.push('ends without a word');
  if (seen.end === 'complete' && seen.text !== unbroken) faults.push('is said to be complete, and is not');
  if (!unbroken.startsWith(seen.text)) faults.push('is another text');
  if (entries.lines !== calls) faults.push(`${entries.lines} usage lines for ${calls} calls`);
  if (entries.events !== entries.lines) faults.push(`${entries.events} billing events`);
  if (Number(entries.billed_usd) > charged + 1e-12) faults.push('more is billed than was sent');
  return { fault, surface, hasFallback, seen, stats: { ...stats, calls }, entries, charged, faults };
}

/** In the middle of the answer, of which a few pieces have come. */
async function leaveLater(place: Place, id: string): Promise<void> {
  while ((await place.statsOf(id)).active === 0) await sleep(20);
  await sleep(2500);
}

/** Both tokenizers are built for the first call, which a busy machine takes longer for than a provider has. */
function askWithoutFault(place: Place): Promise<Seen> {
  const target = place.targetOf({ isReachable: true, hasFallback: false, isOpenai: false });
  return eventually(async () => {
    const content = '[[stub nousage tokens=16]] Hello';
    const seen = await ask(place, { id: randomUUID(), surface: 'plain', content, target });
    return seen.end === 'complete' && seen;
  });
}

async function makeTable(place: Place, names: string[]): Promise<Row[]> {
  const whole = await askWithoutFault(place);
  const wanted = names.flatMap((fault) =>
    SURFACES.flatMap((surface) => [false, true].map((hasFallback) => ({ fault, surface, hasFallback }))),
  );
  const rows: Row[] = [];
  let next = 0;
  const work = async () => {
    for (let at = next++; at < wanted.length; at = next++) {
      const { fault, surface, hasFallback } = wanted[at]!;
      rows[at] = await makeRow(place, fault, surface, hasFallback, whole.text);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return rows;
}

const showUsd = (amount: number) => amount.toFixed(9);

const COLUMNS: Column<Row>[] = [
  ['fault', ({ fault }) => fault],
  ['asked', ({ surface }) => surface],
  ['fallback', ({ hasFallback }) => (hasFallback ? 'yes' : 'no')],
  ['the client saw', ({ seen }) => seen.end ?? 'NOTHING'],
  ['ms', ({ seen }) => seen.ms.toFixed(0)],
  ['calls', ({ stats }) => String(stats.calls)],
  ['lines', ({ entries }) => String(entries.lines)],
  ['billed', ({ entries }) => showUsd(Number(entries.billed_usd))],
  ['charged', ({ charged }) => showUsd(charged)],
  ['', ({ faults }) => faults.join('; ') || 'ok'],
];

async function giveUp(): Promise<never> {
  await sleep(TIME_LIMIT_MS, undefined, { ref: false });
  throw new Error(`Not done after ${TIME_LIMIT_MS / 60_000} minutes`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { smoke: { type: 'boolean' } } });
  const place = await openPlace();
  try {
    const names = values.smoke ? SMOKE : Object.keys(FAULTS);
    const rows = await Promise.race([makeTable(place, names), giveUp()]);
    console.log(composeTable(COLUMNS, rows));
    const bad = rows.filter(({ faults }) => faults.length > 0).length;
    console.log(
      `\n${rows.length} rows, ${bad} of them wrong. Amounts in US dollars; charged: by the provider's own meter.`,
    );
    if (bad > 0) process.exitCode = 1;
  } finally {
    await place.stop();
  }
}

await main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
