/**
 * Clients that are killed, over real sockets against the whole stack, and what they cost: the provider's meter on one
 * side, the ledger on the other. Runs in Node.
 */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DEMO } from '../../local/demo.ts';
import { startModelStub, type ModelStub } from '../../local/model-stub.ts';
import { fromPico, toPico } from '../../src/core/decimal.ts';
import { startDirectStack, type DirectStack } from './direct-stack.ts';
import { eventually } from './eventually.ts';

const MINUTE = 60_000;

/** US dollars per token, of as many places as the ledger has: a sum that is rounded anywhere shows. */
const PRICES = { cost_per_token_input: '0.000002531019', cost_per_token_output: '0.000010007013' };

const MODEL = { provider: 'local', name: 'priced', max_tokens_supported: 4096, ...PRICES };

/** What a client asks for, and when it is killed: once so many bytes have come, or after so long, or never. */
type Client = {
  directives: string;
  stream: boolean;
  words: string;
  leave: { bytes?: number; ms?: number };
  /** Resets its connection, as a process that dies with unread data does; else it closes its side. */
  isReset: boolean;
};

/** Mulberry32 (public domain, Tommy Ettinger): the same numbers from the same seed. */
function seeded(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  const pick = <T>(of: readonly T[]): T => of[between(0, of.length - 1)]!;
  return { next, between, pick };
}

type Random = ReturnType<typeof seeded>;

/** Of an event with one word, and of the events that end a stream. */
const [BYTES_PER_WORD, BYTES_AT_END] = [75, 500];

/**
 * What a provider writes while the cut is on its way to it is charged and never read, so the next piece is far away when
 * a call is cut, however busy the machine: after the piece that comes once it is given up, which is two seconds after it
 * was left, or two seconds later where none comes.
 */
const SLOW_MS = [3000, 3300];

/** For clients whose leaving is noticed without anything to write to them. */
const SILENT_MS = 30_000;

const WORDS = ['river', 'água', '日本語', 'compute', '🙂', 'naïve', 'x86', 'under_score', '—', 'café', 'tokens'];

function composeClient(random: Random): Client {
  const { between, pick } = random;
  const [stream, isReset] = [random.next() < 0.6, random.next() < 0.5];
  const words = Array.from({ length: between(1, 30) }, () => pick(WORDS)).join(' ');
  const kind = random.next();
  // Of one that only closed its side nobody knows that it has gone, before there is something to write to it.
  if (kind < 0.06) {
    return { directives: 'wait=6000 tokens=3', stream, words, leave: { ms: between(150, 500) }, isReset };
  }
  if (kind < 0.3) {
    // Of one that only closed its side, and waits for a document, nobody knows that it has gone.
    const isSeen = stream || isReset;
    const quick = between(1, 40);
    const delay = pick(isReset ? [...SLOW_MS, SILENT_MS] : SLOW_MS);
    const pace = isSeen ? `tokens=900 quick=${quick} delay=${delay}` : 'tokens=8 delay=700';
    const leave =
      stream && random.next() < 0.7 ? { bytes: between(1, 500 + quick * BYTES_PER_WORD) } : { ms: between(0, 700) };
    return { directives: pace, stream, words, leave, isReset };
  }
  // Over long before the grace is, however busy the machine.
  const tokens = between(1, 20);
  const directives = `tokens=${tokens} delay=${between(0, 5)}`;
  const length = 600 + (stream ? tokens * BYTES_PER_WORD + BYTES_AT_END : tokens * 6 + BYTES_AT_END);
  const leave = pick([
    {},
    { ms: between(0, 60) },
    { ms: between(0, 600) },
    { bytes: between(1, length) },
    { bytes: between(1, length) },
    { bytes: between(length - BYTES_AT_END, length) },
  ]);
  return { directives, stream, words, leave, isReset };
}

/** Sends the request and reads until it is time to go; then the socket is reset, or closed with its answer unread. */
function runClient(url: URL, token: string, id: string, client: Client): Promise<void> {
  const { directives, stream, words, leave, isReset } = client;
  const content = `[[stub id=${id} ${directives}]] ${words}`;
  const body = JSON.stringify({
    provider: MODEL.provider,
    model: MODEL.name,
    stream,
    messages: [{ role: 'user', content }],
  });
  const head = [
    'POST /api/v1/llm/chat HTTP/1.1',
    `Host: ${url.host}`,
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${id}`,
    'Connection: close',
  ];
  return new Promise((gone) => {
    const socket = connect(Number(url.port), url.hostname);
    const go = () => void (isReset ? socket.resetAndDestroy() : socket.destroy());
    socket.on('error', () => {});
    socket.once('close', () => gone());
    socket.once('connect', () => {
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
      if (leave.ms !== undefined) setTimeout(go, leave.ms);
    });
    let received = 0;
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (leave.bytes !== undefined && received >= leave.bytes) go();
    });
  });
}

export type Books = {
  /** What the provider charges for. */
  meter: { calls: number; prompt_tokens: number; completion_tokens: number };
  charge: string;
  ledger: Record<string, string | number>;
  budget: { spent_usd: string; reserved_usd: string };
  reconciliation: Record<string, unknown>;
  /** Calls that the two sides do not agree on. */
  drift: object[];
  /** How the calls ended. */
  endings: Record<string, number>;
};

/** The stack, a provider with a meter, and a model that costs something. */
export class KilledClients {
  #stub!: ModelStub;
  #stack!: DirectStack;
  #database!: pg.Client;
  #token = '';
  #workspaceId = '';
  #budgetId = '';

  async start(): Promise<void> {
    this.#stub = await startModelStub();
    this.#stack = await startDirectStack({ LOCAL_LLM_BASE_URL: this.#stub.baseUrl });
    this.#database = new pg.Client(this.#stack.databaseUrl);
    await this.#database.connect();
    this.#token = await this.#stack.logIn();
    await this.#database.query('update users set is_superuser = true where email = $1', [DEMO.email]);
    await this.#ask('POST', '/api/v1/llm/catalog', MODEL);
    const budget = await this.#ask('POST', '/api/v1/llm/budgets', { amount_usd: '1000000', period: 'total' });
    this.#budgetId = budget.id as string;
    this.#workspaceId = budget.workspace_id as string;
    // Both tokenizers are built when first needed, which takes a second.
    const content = '[[stub id=first nousage]] Hello';
    await this.#ask('POST', '/api/v1/llm/chat', {
      provider: MODEL.provider,
      model: MODEL.name,
      messages: [{ role: 'user', content }],
    });
  }

  async stop(): Promise<void> {
    await this.#database?.end();
    await this.#stack?.stop();
    await this.#stub?.close();
  }

  /** Runs so many clients, so many at once, but no more once the time is over; tells how many there were. */
  async run(calls: number, atOnce: number, seed: number, limitMs: number): Promise<number> {
    const random = seeded(seed);
    const { url } = this.#stack;
    const until = Date.now() + limitMs;
    let begun = 0;
    const work = async () => {
      while (begun < calls && Date.now() < until) {
        const id = `${seed}-${begun++}`;
        await runClient(url, this.#token, id, composeClient(random));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return begun;
  }

  /** Waits until nothing is under way, with the sweeps of later on, and opens the books of both sides. */
  async settle(): Promise<Books> {
    await eventually(async () => (await this.#stats()).active === 0, MINUTE);
    const open = `select count(*)::int as open from llm_calls where status = 'started'`;
    const isSettled = async () => (await this.#database.query(open)).rows[0].open === 0;
    // First by itself; what was recorded and never begun is left for the sweep.
    await eventually(isSettled, 5_000).catch(() => {});
    await eventually(async () => {
      if (await isSettled()) return true;
      await this.#stack.runCron('* * * * *', new Date(Date.now() + 10 * MINUTE));
      await sleep(500);
      return false;
    }, MINUTE);
    await eventually(async () => (await this.#budget()).reserved_usd === '0', MINUTE);
    return this.#readBooks();
  }

  async #readBooks(): Promise<Books> {
    const { metered } = await this.#stats();
    const ledger = await this.#database.query(
      `select count(distinct c.id)::int as calls, count(l.id)::int as lines, count(b.id)::int as events,
         sum(l.input_tokens)::int as prompt_tokens, sum(l.output_tokens)::int as completion_tokens,
         trim_scale(sum(b.amount_usd))::text as amount_usd
       from llm_calls c
       left join llms_usage_logs l on l.call_id = c.id left join billing_events b on b.related_usage_log_id = l.id
       where c.workspace_id = $1 and c.status = 'settled'`,
      [this.#workspaceId],
    );
    const { rows: lines } = await this.#database.query(
      `select c.request_id, c.status as state, l.status, l.input_tokens, l.output_tokens, l.token_source
       from llm_calls c left join llms_usage_logs l on l.call_id = c.id where c.workspace_id = $1`,
      [this.#workspaceId],
    );
    const { cost_per_token_input: input, cost_per_token_output: output } = PRICES;
    const charge = BigInt(metered.prompt_tokens) * toPico(input) + BigInt(metered.completion_tokens) * toPico(output);
    const endings: Record<string, number> = {};
    for (const { state, status } of lines) endings[status ?? state] = (endings[status ?? state] ?? 0) + 1;
    return {
      meter: metered,
      charge: fromPico(charge),
      ledger: ledger.rows[0],
      budget: await this.#budget(),
      reconciliation: await this.#ask('GET', '/api/v1/billing/reconciliation'),
      drift: await this.#findDrift(lines),
      endings,
    };
  }

  async #findDrift(lines: Record<string, unknown>[]): Promise<object[]> {
    const drift: object[] = [];
    for (const line of lines) {
      if (!/^\d+-\d+$/.test(String(line.request_id))) continue;
      const { metered } = await this.#stats(`?id=${line.request_id}`);
      const [prompt, completion] = [line.input_tokens ?? 0, line.output_tokens ?? 0];
      if (metered.prompt_tokens !== prompt || metered.completion_tokens !== completion)
        drift.push({ ...line, metered });
    }
    return drift;
  }

  async #stats(query = `?model=${MODEL.name}`): Promise<{ active: number; metered: Books['meter'] }> {
    const response = await fetch(new URL(`/stats${query}`, this.#stub.baseUrl));
    return (await response.json()) as { active: number; metered: Books['meter'] };
  }

  async #budget(): Promise<Books['budget']> {
    const { spent_usd, reserved_usd } = await this.#ask('GET', `/api/v1/llm/budgets/${this.#budgetId}`);
    return { spent_usd: String(spent_usd), reserved_usd: String(reserved_usd) };
  }

  async #ask(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const headers = { Authorization: `Bearer ${this.#token}`, 'Content-Type': 'application/json' };
    const url = new URL(path, this.#stack.url);
    const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  }
}
