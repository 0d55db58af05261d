/**
 * The chain as DBOS runs it: a process that answers `POST /chain` with the result of a workflow of five steps, each of
 * which is stored in PostgreSQL before the next one begins. Arguments: the folder that DBOS is installed in, the URL of
 * its database, the port.
 */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import type { INPUT } from './chain.ts';

/** What is used of it. */
interface Dbos {
  setConfig(config: { name: string; systemDatabaseUrl: string; logLevel: string }): void;
  launch(): Promise<void>;
  registerWorkflow<I, O>(work: (input: I) => Promise<O>, options: { name: string }): (input: I) => Promise<O>;
  runStep<T>(work: () => Promise<T>, options: { name: string }): Promise<T>;
}

const [folder, systemDatabaseUrl, port] = process.argv.slice(2) as [string, string, string];
const { DBOS } = createRequire(join(folder, 'package.json'))('@dbos-inc/dbos-sdk') as { DBOS: Dbos };

const runChain = DBOS.registerWorkflow(
  async (input: typeof INPUT) => {
    const trigger = await DBOS.runStep(async () => input, { name: 'trigger' });
    const { amount } = await DBOS.runStep(async () => ({ amount: trigger.amount }), { name: 'set' });
    const double = await DBOS.runStep(async () => ({ amount: amount * 2 }), { name: 'double' });
    const isLarge = await DBOS.runStep(async () => double.amount > 10, { name: 'check' });
    return DBOS.runStep(async () => ({ result: isLarge ? double.amount + 1 : null }), { name: 'finish' });
  },
  { name: 'chain' },
);

DBOS.setConfig({ name: 'bench', systemDatabaseUrl, logLevel: 'error' });
await DBOS.launch();

createServer((request, response) => {
  void json(request)
    .then((input) => runChain(input as typeof INPUT))
    .then(
      (result) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(result)),
      (error: Error) => response.writeHead(500).end(error.message),
    );
}).listen(Number(port), '127.0.0.1');
