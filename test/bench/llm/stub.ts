/**
 * A provider that costs next to nothing, in a process of its own: `POST /v1/chat/completions` answers after as many
 * milliseconds as `wait=` in the request says. The model stub of local/ would be the bottleneck for 64 callers.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback, type LoopbackServer } from '../../../local/loopback.ts';
import { serve } from '../messages.ts';

export interface StubCommands {
  /** Returns the base URL, ending in `/v1`. */
  start(): Promise<string>;
}

const PIECES = 20;

/** What ends every complete answer, and stands nowhere else. */
const LAST_WORD = 'end-of-answer';

const USAGE = { prompt_tokens: 9, completion_tokens: PIECES, total_tokens: 9 + PIECES };

const WORDS = Array.from({ length: PIECES }, (_, n) => (n === PIECES - 1 ? LAST_WORD : `word-${n} `));

const COMMON = { id: 'chatcmpl-bench', created: 1_700_000_000, model: 'local-small' };

const WHOLE = JSON.stringify({
  ...COMMON,
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: WORDS.join('') }, finish_reason: 'stop' }],
  usage: USAGE,
});

const EVENTS = [
  toEvent([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]),
  ...WORDS.map((content) => toEvent([{ index: 0, delta: { content }, finish_reason: null }])),
  toEvent([{ index: 0, delta: {}, finish_reason: 'stop' }]),
  toEvent([], USAGE),
  'data: [DONE]\n\n',
];

function toEvent(choices: object[], usage: object | null = null): string {
  return `data: ${JSON.stringify({ ...COMMON, object: 'chat.completion.chunk', choices, usage })}\n\n`;
}

let loopback: LoopbackServer | undefined;

async function start(): Promise<string> {
  loopback = await listenOnLoopback(async (request, response) => {
    const body = await text(request);
    const wait = Number(/wait=(\d+)/.exec(body)?.[1] ?? 0);
    if (wait > 0) await sleep(wait);
    if (/"stream": ?true/.test(body)) await answerInPieces(response);
    else response.writeHead(200, { 'Content-Type': 'application/json' }).end(WHOLE);
  });
  return `${loopback.url}/v1`;
}

/** Each piece is a write of its own, so that whoever relays them has as many to relay. */
async function answerInPieces(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  for (const event of EVENTS) await new Promise((written) => response.write(event, written));
  response.end();
}

serve<StubCommands>({ start }, async () => loopback?.close());
