import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const CONFIGURATION = join(import.meta.dirname, '../wrangler.toml');
const RUN_LIMIT_MS = 15 * 60_000;

/** Lowest and highest value of minute, hour, day of month, month, and day of week, which Cloudflare counts from 1. */
const RANGES = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [1, 7],
] as const;

/** The cron expressions of wrangler.toml. */
export function readCrons(): string[] {
  const list = /^crons\s*=\s*\[([^\]]*)\]/m.exec(readFileSync(CONFIGURATION, 'utf8'))?.[1] ?? '';
  return [...list.matchAll(/"([^"]+)"/g)].map(([, expression]) => expression!);
}

/** Whether an expression names this minute, in UTC. Numbers, `*`, lists, ranges and steps are understood. */
export function isDue(expression: string, at: Date): boolean {
  const now = [at.getUTCMinutes(), at.getUTCHours(), at.getUTCDate(), at.getUTCMonth() + 1, at.getUTCDay() + 1];
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== RANGES.length) throw new Error(`cron expression "${expression}" must have five fields`);
  return fields.every((field, index) => field.split(',').some((part) => includes(part, RANGES[index]!, now[index]!)));
}

function includes(part: string, [lowest, highest]: readonly [number, number], value: number): boolean {
  const match = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part);
  if (!match) throw new Error(`cron field "${part}" is not understood`);
  const [, from, to, step] = match;
  const start = Number(from ?? lowest);
  const end = Number(to ?? (from === undefined || step ? highest : from));
  return value >= start && value <= end && (value - start) % Number(step ?? 1) === 0;
}

/** Calls the scheduled handler as Cloudflare would, because `wrangler dev` never does: at once, then when due. */
export function driveCrons(url: string): { stop(): void } {
  const crons = readCrons();
  const stopping = new AbortController();
  for (const cron of crons) void trigger(url, cron, stopping.signal);

  let timer = setTimeout(tick, untilNextMinute());
  function tick(): void {
    const now = new Date();
    for (const cron of crons) if (isDue(cron, now)) void trigger(url, cron, stopping.signal);
    timer = setTimeout(tick, untilNextMinute());
  }
  return {
    stop() {
      clearTimeout(timer);
      stopping.abort();
    },
  };
}

/** What goes wrong in a run is in the log of the Worker. */
async function trigger(url: string, cron: string, stopping: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(RUN_LIMIT_MS)]);
  const target = `${url}/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}`;
  await fetch(target, { signal }).then(
    (response) => response.text(),
    () => {},
  );
}

/** A little past the minute, because timers may fire a little early. */
const untilNextMinute = () => 60_000 - (Date.now() % 60_000) + 20;
