/** What stands in the database: the price of the model before the run, and one line for each call after it. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { LOCAL_MODEL } from '../../../local/demo.ts';
import { WrongAnswer } from '../load.ts';

const DRAIN_LIMIT_MS = 60_000;

export class Ledger {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async open(databaseUrl: string): Promise<Ledger> {
    const client = new pg.Client(databaseUrl);
    await client.connect();
    return new Ledger(client);
  }

  /** A call with a price has something to reserve, to bill and to sum up. */
  async priceModel(): Promise<void> {
    await this.#client.query(
      'update llms set cost_per_token_input = 0.00000015, cost_per_token_output = 0.0000006 where provider = $1 and name = $2',
      [LOCAL_MODEL.provider, LOCAL_MODEL.name],
    );
  }

  /** Waits until every call is settled, so that what one round left to do is not measured in the next. */
  async drain(): Promise<void> {
    const until = Date.now() + DRAIN_LIMIT_MS;
    while ((await this.#count(`from llm_calls where status = 'started'`)) > 0) {
      if (Date.now() > until) throw new WrongAnswer(`calls are not settled after ${DRAIN_LIMIT_MS / 1000} s`);
      await sleep(20);
    }
  }

  /** @throws {WrongAnswer} unless there is exactly one usage line and one billing event for each of so many calls */
  async check(calls: number): Promise<void> {
    const perfect = await this.#count(
      `from llm_calls c where status = 'settled'
       and (select count(*) from llms_usage_logs u where u.call_id = c.id and u.status = 'success') = 1
       and (select count(*) from billing_events b join llms_usage_logs u on u.id = b.related_usage_log_id
            where u.call_id = c.id and b.amount_usd = u.cost_usd and u.cost_usd > 0) = 1`,
    );
    const totals = [
      await this.#count('from llm_calls'),
      await this.#count('from llms_usage_logs'),
      await this.#count(`from billing_events where event_type = 'usage'`),
    ];
    if (perfect === calls && totals.every((total) => total === calls)) return;
    throw new WrongAnswer(
      `of ${calls} calls ${perfect} have exactly one usage line and one billing event; there are ${totals.join(' / ')} ` +
        'calls / lines / events',
    );
  }

  /** What all calls have cost. */
  async totalCost(): Promise<string> {
    const { rows } = await this.#client.query('select trim_scale(sum(cost_usd))::text as total from llms_usage_logs');
    return (rows[0] as { total: string }).total;
  }

  async #count(from: string): Promise<number> {
    const { rows } = await this.#client.query(`select count(*)::int as count ${from}`);
    return (rows[0] as { count: number }).count;
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}
