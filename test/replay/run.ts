/**
 * `npm run replay:diff`: a workflow over the dev stack that asks a server and a model, repeated from its record by the same
 * version and by the next one, with the differences as people read them. It ends with 1 where the same version differs, where
 * the next one does not, or where a replay called anybody.
 */
import { randomUUID } from 'node:crypto';
import { eventually } from '../helpers/eventually.ts';
import { Place } from '../faults/workflows/place.ts';
import { composeDiff, type Diff } from './compose.ts';

const SERVER = '{{trigger.service}}/{{trigger.run}}';

/** What it asks the model for, and what it makes of the answer. */
const flow = (request: string, total: string, more: object[] = []) => {
  const nodes = [
    { id: 'trigger', type: 'trigger' },
    { id: 'fetch', type: 'http', config: { url: `${SERVER}/fetch` } },
    { id: 'draw', type: 'transform', config: { expression: '{ "ticket": $random(), "at": $now(), "of": status }' } },
    {
      id: 'ask',
      type: 'llm',
      config: { provider: 'local', model: 'local-small', prompt: `[[stub id={{trigger.run}} tokens=4]] ${request}` },
    },
    { id: 'total', type: 'transform', config: { expression: total } },
    ...more,
  ] as { id: string }[];
  return { nodes, connections: nodes.slice(1).map(({ id }, at) => ({ from: nodes[at]!.id, to: id })) };
};

const TOTAL = '{ "said": content, "ticket": nodes.draw.output.ticket, "words": $count($split(content, " ")) }';

const FIRST = flow('Say something', TOTAL);
const SECOND = flow('Say something short', TOTAL.replace('$count', '1 + $count'), [
  { id: 'end', type: 'output', config: { value: { words: '{{input.words}}', ticket: '{{input.ticket}}' } } },
]);

type Started = { execution_id: string };

async function end(place: Place, id: string): Promise<string> {
  const { status } = await eventually(async () => {
    const record = await place.recordOf(id);
    return !['pending', 'running'].includes(record.status) && record;
  }, 30_000);
  return status;
}

async function callsOf(place: Place, run: string): Promise<string> {
  const { calls } = await place.modelCalls(run);
  return `${place.service.callsOf(run).length} of the server, ${calls} of the model`;
}

/** What came of a replay, and what the database says of it without anybody having asked. */
async function replay(place: Place, source: string, version: number) {
  const { execution_id: id } = await place.ask<Started>('POST', `/executions/${source}/replay`, { version });
  const status = await end(place, id);
  const [verdict] = await eventually(async () => {
    const rows = await place.query('select is_equal from workflow_replays where execution_id = $1', [id]);
    return rows[0]?.is_equal !== null && rows;
  }, 10_000);
  const diff = await place.ask<Diff>('GET', `/executions/${id}/diff`);
  return { id, status, diff, isEqual: verdict!.is_equal as boolean };
}

async function main(): Promise<void> {
  const place = new Place();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void place.close().finally(() => process.exit(1)));
  }
  try {
    await place.open();
    const run = randomUUID();
    const { id: workflow } = await place.ask<{ id: string }>('POST', '/workflows', {
      name: 'Replayed',
      definition: FIRST,
    });
    const inputs = { service: `http://${place.service.address}`, run };
    const { execution_id: source } = await place.ask<Started>('POST', `/workflows/${workflow}/execute`, { inputs });
    console.log(`Execution ${source}: ${await end(place, source)}, with ${await callsOf(place, run)}.\n`);
    const before = await callsOf(place, run);
    const faults: string[] = [];
    await place.ask('PUT', `/workflows/${workflow}`, { definition: SECOND });
    for (const version of [1, 2]) {
      const { id, status, diff, isEqual } = await replay(place, source, version);
      console.log(`Replay ${id} by version ${version}: ${status}.\n${composeDiff(diff)}\n`);
      if (isEqual !== (version === 1)) faults.push(`version ${version} is ${isEqual ? 'equal' : 'not equal'}`);
      if (diff.is_equal !== isEqual) faults.push(`of version ${version} the verdict and the difference disagree`);
    }
    const after = await callsOf(place, run);
    console.log(`Calls after both: ${after}.`);
    if (after !== before) faults.push(`a replay has called somebody: ${before} before, ${after} after`);
    for (const fault of faults) console.error(fault);
    if (faults.length > 0) process.exitCode = 1;
  } finally {
    await place.close();
  }
}

await main().catch((error: Error) => {
  console.error(error.stack);
  process.exitCode = 1;
});
