/** What the gateway adds to the time until a streamed chat shows its first token. */
import { alternate, type Bench, type Row } from '../bench.ts';
import { atFixedRate, Target, WrongAnswer } from '../load.ts';
import { acrossRounds, percentiles, type Percentiles } from '../statistics.ts';
import { showRatios, showTimes } from '../table.ts';

const PER_SECOND = 20;
const TOKENS = 8;

const MESSAGES = [{ role: 'user', content: `[[stub tokens=${TOKENS}]] Hello` }];

export async function measureFirstToken({ started, extent, authorization }: Bench): Promise<Row[]> {
  const json = { 'Content-Type': 'application/json' };
  const request = JSON.stringify({ model: 'local-small', messages: MESSAGES, stream: true });
  const stub = new URL(started.model);
  const completions = { method: 'POST', path: '/v1/chat/completions', headers: json, body: request } as const;
  const streams = [
    { target: new Target({ ...completions, origin: stub.origin }), end: '[DONE]' },
    { target: new Target({ ...completions, origin: started.baseline }), end: '[DONE]' },
    {
      target: new Target({
        method: 'POST',
        path: '/api/v1/llm/chat',
        origin: started.worker,
        headers: { ...json, ...authorization },
        body: JSON.stringify({ messages: MESSAGES, stream: true }),
      }),
      end: 'event: done',
    },
  ];
  try {
    const measure = ({ target, end }: (typeof streams)[number]) =>
      atFixedRate(PER_SECOND, extent.seconds, () => timeFirstToken(target, end));
    for (const stream of streams) await measure(stream);
    const rounds = await alternate(extent.rounds, streams, async (stream) => percentiles(await measure(stream)));
    const [direct = [], bare = [], gateway = []] = rounds;
    const [addedByBare, added] = [subtract(bare, direct), subtract(gateway, direct)];
    return [
      {
        figure: `chat, first token, added p50/p95/p99 at ${PER_SECOND}/s`,
        measured: showTimes(added),
        baseline: showTimes(addedByBare),
        ratio: showRatios({
          p50: added.p50 / addedByBare.p50,
          p95: added.p95 / addedByBare.p95,
          p99: added.p99 / addedByBare.p99,
        }),
        goal: '',
        met: null,
      },
    ];
  } finally {
    await Promise.all(streams.map(({ target }) => target.close()));
  }
}

/** Milliseconds until the first piece of text. @throws {WrongAnswer} for a stream that does not end well */
async function timeFirstToken(target: Target, end: string): Promise<number> {
  const startedAt = performance.now();
  let first: number | undefined;
  const text = await target.send((arrived) => {
    if (first === undefined && /"content":"[^"]/.test(arrived)) first = performance.now() - startedAt;
  });
  if (first === undefined || !text.includes(end)) throw new WrongAnswer(`a stream ended early: ${text.slice(-300)}`);
  return first;
}

/** What is beyond the direct way, round by round. */
function subtract(rounds: Percentiles[], direct: Percentiles[]): Percentiles {
  return acrossRounds(
    rounds.map((round, index) => {
      const base = direct[index]!;
      return { p50: round.p50 - base.p50, p95: round.p95 - base.p95, p99: round.p99 - base.p99 };
    }),
  );
}
