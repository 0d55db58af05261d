/**
 * `npm run bench:llm`: calls through the built Worker beside Portkey's gateway and the provider itself, in one alternated
 * run. Ours authenticates, keeps a budget, logs and bills each call, and is held to one line for each at the end. Figures
 * are goals and end with 0, met or missed; wrong answers end with 1. `-- --quick` is a look that proves little,
 * `-- --smoke` a test of the benchmark itself, without Portkey.
 *
 * A call waits for the disk when its upstream call begins and when it ends; `TMPDIR=/dev/shm` keeps the disk out of it.
 * Miniflare puts a Worker of its own into the way of each request to the outside, which Cloudflare does not.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Row } from '../bench.ts';
import { WrongAnswer } from '../load.ts';
import { logInEverybody, type Authorization } from '../members.ts';
import { startChild } from '../messages.ts';
import type { Peer } from '../peers.ts';
import type { StackCommands } from '../stack.ts';
import { composeFigures, describeMachine } from '../table.ts';
import { bareProxy, direct, own, portkey } from './gateways.ts';
import { Ledger } from './ledger.ts';
import { LOADS, measureLoad, type Load } from './matrix.ts';
import { startPortkey } from './portkey.ts';
import { composeRows } from './report.ts';
import type { StubCommands } from './stub.ts';

type Extent = { rounds: number; seconds: number; loads: Load[] };

const FULL: Extent = { rounds: 3, seconds: 0.8, loads: LOADS };
const QUICK: Extent = {
  rounds: 2,
  seconds: 0.6,
  loads: LOADS.filter(({ wait, callers }) => wait < 100 && callers !== 16),
};
/** Shows that everything answers; its figures mean nothing. */
const SMOKE: Extent = {
  rounds: 1,
  seconds: 0.1,
  loads: LOADS.filter(({ wait, callers }) => wait === 20 && callers < 64),
};

/** Ends a run that hangs; a full one takes less than five minutes where nothing else runs. */
const TIME_LIMIT_MS = 15 * 60_000;

async function measureAll(extent: Extent, rival: Peer | null): Promise<Row[]> {
  const stub = startChild<StubCommands>(join(import.meta.dirname, 'stub.ts'));
  let stack: ReturnType<typeof startChild<StackCommands>> | undefined;
  let ledger: Ledger | undefined;
  try {
    const model = await stub.commands.start();
    stack = startChild<StackCommands>(join(import.meta.dirname, '../stack.ts'), model);
    const started = await stack.commands.start();
    ledger = await Ledger.open(started.databaseUrl);
    await ledger.priceModel();
    const account = await prepareAccount(started.worker);
    const gateways = [
      direct(model),
      rival ? portkey(rival.name, rival.origin, model) : bareProxy(started.baseline),
      own(started.worker, account.token, () => ledger!.drain()),
    ];
    const rows: Row[] = [];
    let calls = 0;
    for (const load of extent.loads) {
      const measured = await measureLoad(gateways, load, extent);
      const [directly = [], byRival = [], byOwn = []] = measured.rounds;
      calls += measured.calls[2]!;
      rows.push(
        ...composeRows(gateways[1]!.name, rival !== null, { load, direct: directly, rival: byRival, own: byOwn }),
      );
    }
    await ledger.check(calls);
    await checkBudget(started.worker, account, await ledger.totalCost());
    console.log(`\n${calls} calls, each with one usage line and one billing event, and all of them in the budget.`);
    return rows;
  } finally {
    await ledger?.close();
    await stack?.stop();
    await stub.stop();
  }
}

type Account = { session: Authorization; token: Authorization; budgetId: string };

/** A personal access token that may call models, in a workspace with a budget that no run uses up. */
async function prepareAccount(worker: string): Promise<Account> {
  const { authorization: session } = await logInEverybody(worker, 0);
  const post = async <T>(path: string, body: object): Promise<T> => {
    const headers = { ...session, 'Content-Type': 'application/json' };
    const response = await fetch(`${worker}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new WrongAnswer(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  const { token } = await post<{ token: string }>('/auth/tokens', { name: 'bench', scopes: ['llm:invoke'] });
  const { id: budgetId } = await post<{ id: string }>('/llm/budgets', { period: 'month', amount_usd: '1000000' });
  return { session, token: { Authorization: `Bearer ${token}` }, budgetId };
}

/** @throws {WrongAnswer} where something is still set aside, or something else was spent than the calls have cost */
async function checkBudget(worker: string, { session, budgetId }: Account, cost: string): Promise<void> {
  const response = await fetch(`${worker}/api/v1/llm/budgets/${budgetId}`, { headers: session });
  const { spent_usd: spent, reserved_usd: reserved } = (await response.json()) as Record<string, string>;
  if (spent === cost && reserved === '0') return;
  throw new WrongAnswer(`the budget has ${spent} spent and ${reserved} reserved, but the calls have cost ${cost}`);
}

/** Null where it cannot be had, as without a network. */
async function findRival(): Promise<Peer | null> {
  return startPortkey().catch((error: Error) => {
    console.log(`Without Portkey, which cannot be installed here: ${error.message.split('\n')[0]}`);
    return null;
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { quick: { type: 'boolean' }, smoke: { type: 'boolean' } } });
  const rival = values.smoke ? null : await findRival();
  try {
    const rows = await measureAll(values.smoke ? SMOKE : values.quick ? QUICK : FULL, rival);
    console.log(`\n${composeFigures(rows)}\n\n${describeMachine()}`);
    console.log(`Baseline: ${rival?.name ?? 'a bare proxy on the same workerd'}. Figures are added p50 / p95 over the`);
    console.log(
      'provider itself, and calls a second; ratios are ours by the baseline’s, of p50 and of calls a second.',
    );
    const goals = rows.filter(({ met }) => met !== null);
    console.log(`Goals met: ${goals.filter(({ met }) => met).length} of ${goals.length}; up to 1.2 is no difference.`);
    if (values.smoke || values.quick) console.log('A short run: everything answers, but the figures do not count.');
  } finally {
    await rival?.stop();
  }
}

setTimeout(() => {
  console.error(`Not done after ${TIME_LIMIT_MS / 60_000} minutes`);
  process.exit(1);
}, TIME_LIMIT_MS).unref();

await main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
