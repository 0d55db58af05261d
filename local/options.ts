import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface DevOptions {
  port: number;
  ip: string;
  /** Absolute path of the folder that holds everything this instance remembers. */
  state: string;
  fresh: boolean;
  help: boolean;
}

/** A mistake of the person at the keyboard: shown as one line, without a stack. */
export class UsageError extends Error {}

export const DEFAULT_STATE = '.synapse';

export const HELP = `Runs SynapScale on this machine.

  npm run dev -- [options]

  --port NUMBER   where the API listens (8787)
  --ip ADDRESS    on which address (127.0.0.1)
  --state FOLDER  where data, secrets and logs are kept (${DEFAULT_STATE})
  --fresh         forget everything in that folder first
  --help          this text

Variables of the environment that README.md lists under "Configuration" reach the Worker. DATABASE_URL replaces the
embedded PostgreSQL; RATE_LIMITS=off lifts the rate limits.`;

/** @throws {UsageError} */
export function parseOptions(args: string[]): DevOptions {
  const { values } = parse(args);
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port < 1 || port > 65_535) {
    throw new UsageError(`--port must be a number from 1 to 65535, not ${values.port}`);
  }
  if (values.state === '') throw new UsageError('--state must name a folder');
  return { port, ip: values.ip, state: resolve(values.state), fresh: values.fresh, help: values.help };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: 'string', default: '8787' },
        ip: { type: 'string', default: '127.0.0.1' },
        state: { type: 'string', default: DEFAULT_STATE },
        fresh: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]}; --help lists the options`);
  }
}
