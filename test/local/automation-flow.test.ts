/**
 * Somebody automates their refunds, over HTTP against `npm run dev`: create, test, deploy, monitor. What waits for a person
 * outlives a power cut, and what failed is mended and goes on where it was.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listenOnLoopback, sendJson } from '../../local/loopback.ts';
import { createStateFolder, startDevStack, type DevStack } from '../helpers/dev-stack.ts';

type Answer = { status: number; body: any };

const folder = createStateFolder();
let stack: DevStack;
let token: string;
let bank: { address: string; close(): Promise<void> };
/** What the bank was asked for. */
const transfers: string[] = [];

async function send(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await stack.call(`/api/v1${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}`, ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

/** A call as a shop makes it that signs by Standard Webhooks; it knows nothing of who is called. */
function callHook(path: string, secret: string, id: string, payload: object): Promise<Answer> {
  const body = JSON.stringify(payload);
  const at = Math.floor(Date.now() / 1000);
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
  const headers = { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${signature}` };
  return send('POST', path.replace('/api/v1', ''), body, { ...headers, Authorization: '' });
}

async function until<T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    const found = await look().catch(() => null);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`not seen: ${what}`);
}

const ended = (id: string) =>
  until(`the end of ${id}`, async () => {
    const { body } = await send('GET', `/executions/${id}`);
    return ['completed', 'failed', 'cancelled', 'timeout'].includes(body.status) && body;
  });

/** @param path where the bank is asked for the transfer */
const refund = (path: string) => ({
  nodes: [
    { id: 'start', type: 'trigger' },
    { id: 'letter', type: 'llm', config: { model: 'local-small', prompt: 'Write to {{trigger.body.customer}}.' } },
    { id: 'approve', type: 'approval', config: { title: 'Refund {{trigger.body.amount}} USD?' } },
    {
      id: 'pay',
      type: 'http',
      config: { url: `http://${bank.address}${path}`, method: 'POST', body: { amount: '{{trigger.body.amount}}' } },
    },
    { id: 'done', type: 'transform', config: { expression: '{ "paid": $nodes.pay.output.body.paid }' } },
  ],
  connections: [
    { from: 'start', to: 'letter' },
    { from: 'letter', to: 'approve' },
    { from: 'approve', to: 'pay', fromPort: 'approved' },
    { from: 'pay', to: 'done' },
  ],
});

const start = async () => {
  stack = await startDevStack(folder.state, { OUTGOING_ALLOW_PRIVATE: bank.address });
  token = await stack.logIn();
};

beforeAll(async () => {
  bank = await listenOnLoopback((request, response) => {
    transfers.push(request.url ?? '');
    const isKnown = request.url === '/transfers';
    sendJson(response, isKnown ? 200 : 404, isKnown ? { paid: true } : { error: 'no such path' });
  });
  await start();
}, 120_000);

afterAll(async () => {
  await stack?.stop();
  await bank?.close();
  folder.remove();
});

it('goes from creation over test and deployment to a run that is watched, mended and resumed', async () => {
  // Create.
  const { body: workflow } = await send('POST', '/workflows', { name: 'Refunds', definition: refund('/transfer') });
  const one = `/workflows/${workflow.id}`;
  const { status, body: hook } = await send('POST', `${one}/webhooks`, { name: 'The shop' });
  expect(status).toBe(201);
  expect(hook.secret).toMatch(/^whsec_/);
  const order = { customer: 'Ada', amount: 120 };

  // Test: nothing is spent, and nothing outside is called.
  const simulated = await send('POST', `${one}/simulate`, { inputs: { body: order } });
  expect(simulated.body).toMatchObject({ is_runnable: true, errors: [], missing: [] });
  const opened = await send('POST', `/webhook-triggers/${hook.id}/test-session`, { minutes: 5 });
  const tried = await callHook(opened.body.path, hook.secret, randomUUID(), order);
  expect(tried.body).toMatchObject({ accepted: true, authentic: true });
  const forged = await callHook(hook.path, `whsec_${Buffer.alloc(32).toString('base64')}`, randomUUID(), order);
  expect(forged.status).toBe(401);
  expect((await send('GET', `/executions?workflow_ids=${workflow.id}`)).body).toEqual([]);

  // Deploy.
  const published = await send('POST', `${one}/deployments`, { note: 'First' });
  expect(published.body).toMatchObject({ kind: 'publish', version: 1 });

  // Monitor: the shop calls, twice with the same message.
  const message = randomUUID();
  const taken = await callHook(hook.path, hook.secret, message, order);
  expect(taken.status).toBe(202);
  const id: string = taken.body.execution_id;
  const again = await callHook(hook.path, hook.secret, message, order);
  expect(again.body.execution_id).toBe(id);
  const wait = await until('what is to be approved', async () => {
    const { body } = await send('GET', `/approvals?execution_id=${id}`);
    return body[0];
  });
  expect(wait).toMatchObject({ title: 'Refund 120 USD?', status: 'open', node_id: 'approve' });
  const waiting = await until('that it waits', async () => {
    const { body } = await send('GET', `/executions/${id}`);
    return body.waits && body;
  });
  expect(waiting).toMatchObject({ status: 'running', trigger_type: 'webhook', waits: { reason: 'approval' } });

  // The power goes, and comes back.
  await stack.kill();
  await start();
  expect((await send('GET', `/executions/${id}`)).body.status).toBe('running');
  expect((await send('POST', `/waits/${wait.id}/answer`, { decision: 'approve' })).status).toBe(200);

  // It fails where the bank does not know the path.
  const failed = await ended(id);
  expect(failed).toMatchObject({ status: 'failed', error_details: { node_id: 'pay' } });
  expect(transfers).toEqual(['/transfer']);

  // Mended, deployed, and resumed there.
  await send('PUT', one, { definition: refund('/transfers') });
  expect((await send('POST', `${one}/deployments`, {})).body).toMatchObject({ version: 2, replaced_version: 1 });
  const resumed = await send('POST', `/executions/${id}/resume-from`, {}, { Prefer: 'wait=30' });
  expect(resumed.body).toMatchObject({ status: 'completed', outputs: { paid: true }, parent_execution_id: id });
  expect(transfers).toEqual(['/transfer', '/transfers']);

  // Nobody was asked twice, and no letter was paid twice.
  const { body: nodes } = await send('GET', `/executions/${resumed.body.execution_id}/nodes`);
  const reused = nodes.filter((node: any) => node.metadata?.reused_from).map((node: any) => node.node_id);
  expect(reused.toSorted()).toEqual(['approve', 'letter', 'start']);
  const usage = await until('the usage of the letter', async () => {
    const { body } = await send('GET', '/usage-log');
    return body.length > 0 && body;
  });
  expect(usage.map((line: any) => [line.provider, line.status])).toEqual([['local', 'success']]);
  const { body: lineage } = await send('GET', `/executions/${resumed.body.execution_id}/lineage`);
  expect(JSON.stringify(lineage)).toContain(id);
}, 240_000);
