/**
 * The dev stack, whose processes are killed, and around it what outlives it: PostgreSQL, a model with a meter, and a
 * server that a workflow calls.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { startModelStub } from '../../../local/model-stub.ts';
import { startPostgres, type Postgres } from '../../../local/postgres.ts';
import { createStateFolder, startDevStack, type DevStack } from '../../helpers/dev-stack.ts';
import { startService, type Service } from './service.ts';
import { Watcher } from './watcher.ts';

/** An execution as it is recorded. */
export interface Recorded {
  status: string;
  output: unknown;
  code: string | null;
  /** Each node with its place in the loop, and what became of it: `item/2 completed`. */
  nodes: string[];
}

export class Place {
  readonly #folder = createStateFolder();
  readonly #directory = join(this.#folder.state, 'own-postgres');
  readonly #running: (() => unknown)[] = [() => this.#folder.remove()];
  #postgres!: Postgres;
  #variables!: Record<string, string>;
  #stub!: string;
  #stack!: DevStack;
  #token = '';
  service!: Service;

  async open(): Promise<void> {
    mkdirSync(this.#directory, { mode: 0o711 });
    this.#postgres = await startPostgres({ directory: this.#directory });
    this.#running.push(() => this.#postgres.stop());
    const model = await startModelStub();
    this.#stub = model.baseUrl;
    this.service = await startService();
    this.#running.push(model.close, this.service.close);
    this.#variables = {
      DATABASE_URL: this.#postgres.url,
      LOCAL_LLM_BASE_URL: model.baseUrl,
      OUTGOING_ALLOW_PRIVATE: this.service.address,
    };
    await this.start();
    this.#running.push(() => this.#stack.stop());
    this.#token = await this.#stack.logIn();
  }

  async close(): Promise<void> {
    for (const end of this.#running.toReversed()) {
      try {
        await end();
      } catch {
        // What was killed, and not started again, cannot be stopped.
      }
    }
  }

  /** Starts the stack over the same state as before. */
  async start(): Promise<void> {
    this.#stack = await startDevStack(join(this.#folder.state, 'stack'), this.#variables);
  }

  /** Ends every process of the stack at once, as a power cut would. */
  async kill(): Promise<void> {
    await this.#stack.kill();
  }

  async stopDatabase(): Promise<void> {
    await this.#postgres.stop();
  }

  async startDatabase(): Promise<void> {
    this.#postgres = await startPostgres({ directory: this.#directory, port: this.#postgres.port });
  }

  /** Runs each minute's work as if it were later. */
  runSweeps(at: Date): Promise<void> {
    return this.#stack.runCron('* * * * *', at);
  }

  async ask<T = Record<string, unknown>>(method: string, path: string, body?: object): Promise<T> {
    const headers = { Authorization: `Bearer ${this.#token}`, 'Content-Type': 'application/json' };
    const request = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const response = await this.#stack.call(`/api/v1${path}`, request);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  watch(execution: string): Watcher {
    return new Watcher(() => `${this.#stack.url}/api/v1/ws/execution/${execution}`, this.#token);
  }

  /** Calls of the model that carry an id, and those under way. */
  async modelCalls(id: string): Promise<{ calls: number; active: number }> {
    const response = await fetch(new URL(`/stats?id=${id}`, this.#stub));
    return (await response.json()) as { calls: number; active: number };
  }

  query(text: string, parameters: unknown[]): Promise<Record<string, unknown>[]> {
    return this.#withClient(async (client) => (await client.query<Record<string, unknown>>(text, parameters)).rows);
  }

  /** What the database has of an execution. */
  async recordOf(execution: string): Promise<Recorded> {
    const [row] = await this.query(
      `select e.status, e.output_data as output, e.error_details ->> 'code' as code,
         (select coalesce(array_agg(array_to_string(n.node_key || n.iteration::text[], '/') || ' ' || n.status), '{}')
          from node_executions n where n.execution_id = e.id) as nodes
       from workflow_executions e where e.id = $1`,
      [execution],
    );
    return row as unknown as Recorded;
  }

  async #withClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client(this.#postgres.url);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}
