/**
 * Somebody's server on loopback, which a workflow calls: it counts what it is asked, knows a repetition by its
 * Idempotency-Key, and can hold an answer back until somebody has died. Paths are `/RUN/NODE`, with `?item=` in a loop.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback, sendJson } from '../../../local/loopback.ts';

/** As long as somebody else's server takes. */
const PAUSE_MS = 60;

export interface Call {
  run: string;
  /** The node, in a loop with its item: `send`, `item/2`. */
  step: string;
  key: string | null;
  isAnswered: boolean;
}

export interface Service {
  address: string;
  callsOf(run: string): Call[];
  /** Resolves once the step is called, whose answer is held back until the caller is gone. */
  holdNext(run: string, step: string): Promise<void>;
  close(): Promise<void>;
}

export async function startService(): Promise<Service> {
  const calls: Call[] = [];
  const held = new Map<string, () => void>();
  const { address, close } = await listenOnLoopback(async (request, response) => {
    await text(request);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [, run = '', node = ''] = url.pathname.split('/');
    const item = url.searchParams.get('item');
    const step = item === null ? node : `${node}/${item}`;
    const call = { run, step, key: request.headers['idempotency-key']?.toString() ?? null, isAnswered: false };
    calls.push(call);
    const tell = held.get(`${run}/${step}`);
    if (tell) {
      held.delete(`${run}/${step}`);
      tell();
      await isGone(response);
      return;
    }
    await sleep(PAUSE_MS);
    sendJson(response, 200, { step, number: calls.filter((one) => one.run === run).length });
    call.isAnswered = true;
  });
  return {
    address,
    close,
    callsOf: (run) => calls.filter((call) => call.run === run),
    holdNext: (run, step) => new Promise((called) => held.set(`${run}/${step}`, called)),
  };
}

const isGone = (response: ServerResponse) => new Promise<void>((gone) => response.once('close', () => gone()));
