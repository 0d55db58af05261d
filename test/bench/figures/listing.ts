/** The catalogue where nothing is warm: the first request of a new isolate with an empty KV, and without a database. */
import { type Bench, type Row } from '../bench.ts';
import { Target, timeRequest } from '../load.ts';
import { percentile } from '../statistics.ts';
import { showTime } from '../table.ts';

const LIMIT_MS = 200;

/** Stops the database, so nothing that needs it may follow. */
export async function measureListing(bench: Bench): Promise<Row[]> {
  const cold = await measureStarts(bench, 'database');
  await bench.stack.stopDatabase();
  const away = await measureStarts(bench, 'bundled');
  const warm = await measureWarm(bench);
  return [
    toRow('GET /llm/models, new isolate, empty KV, worst', cold),
    toRow('the same with the database stopped, worst', away),
    toRow('GET /llm/models warm, database stopped, worst', warm),
  ];
}

type Times = { listing: number[]; bare: number[] };

/** First requests, each of a workerd of its own; the answer must come from the tier that is meant. */
async function measureStarts(bench: Bench, tier: string): Promise<Times> {
  const times: Times = { listing: [], bare: [] };
  for (let start = 0; start < bench.extent.starts; start++) {
    const { worker, baseline } = await bench.stack.startFresh();
    times.bare.push(await timeOnce(new Target({ origin: baseline, path: '/' })));
    times.listing.push(await timeOnce(listingOf(worker, bench), tier));
  }
  return times;
}

/** A hundred requests one after the other, of a Worker that listed the catalogue before. */
async function measureWarm(bench: Bench): Promise<Times> {
  const listing = listingOf(bench.started.worker, bench);
  const bare = new Target({ origin: bench.started.baseline, path: '/' });
  const times: Times = { listing: [], bare: [] };
  for (let n = 0; n < 100; n++) {
    times.bare.push(await timeRequest(bare));
    times.listing.push(await timeRequest(listing));
  }
  await Promise.all([listing.close(), bare.close()]);
  return times;
}

const listingOf = (origin: string, { authorization }: Bench) =>
  new Target({ origin, path: '/api/v1/llm/models', headers: authorization });

async function timeOnce(target: Target, tier?: string): Promise<number> {
  const startedAt = performance.now();
  const text = await target.send();
  const time = performance.now() - startedAt;
  await target.close();
  if (tier) assertTier(text, tier);
  return time;
}

function assertTier(text: string, tier: string): void {
  const { catalog } = JSON.parse(text) as { catalog: { tier: string } };
  if (catalog.tier !== tier) throw new Error(`the listing came from ${catalog.tier}, not from ${tier}`);
}

function toRow(figure: string, { listing, bare }: Times): Row {
  const [worst, base] = [percentile(listing, 1), percentile(bare, 1)];
  return {
    figure,
    measured: showTime(worst),
    baseline: showTime(base),
    ratio: (worst / base).toFixed(2),
    goal: `under ${LIMIT_MS} ms`,
    met: worst < LIMIT_MS,
  };
}
