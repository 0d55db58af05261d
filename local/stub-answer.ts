import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setImmediate as otherEvents, setTimeout as sleep } from 'node:timers/promises';
import { sendJson } from './loopback.ts';
import type { Directives } from './stub-directives.ts';
import type { Meter } from './stub-meter.ts';
import type { ChatRequest, Reply } from './stub-reply.ts';

/** The stub itself ended the call, as a directive asked. */
export class Faulted extends Error {}

export interface Call {
  request: ChatRequest;
  reply: Reply;
  directives: Directives;
  /** Milliseconds between two pieces of a stream. */
  delay: number;
  /** Aborted when the client leaves. */
  gone: AbortSignal;
  meter: Meter;
}

/** Answers in one piece. @throws {Faulted} */
export async function answerWhole(response: ServerResponse, call: Call): Promise<void> {
  const { reply, directives, gone } = call;
  if (directives.stall) await sleep(directives.stall, undefined, { signal: gone });
  const message = {
    role: 'assistant',
    content: reply.toolCall ? null : reply.content,
    ...(reply.reasoning && { reasoning_content: reply.reasoning }),
    ...(reply.toolCall && { tool_calls: [reply.toolCall] }),
    refusal: null,
  };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: reply.finishReason }];
  const usage = directives.nousage ? undefined : reply.usage;
  const body = { ...envelope(call, 'chat.completion'), choices, usage };
  if (directives.cut === undefined && directives.end === undefined && !directives.malformed) {
    return sendJson(response, 200, body);
  }
  response.writeHead(200, { 'Content-Type': 'application/json' });
  await new Promise((sent) => response.write(JSON.stringify(body).slice(0, 60), sent));
  if (directives.cut === undefined) response.end();
  else response.destroy();
  throw new Faulted();
}

/** Answers in pieces, over SSE. @throws {Faulted} */
export async function answerInPieces(response: ServerResponse, call: Call): Promise<void> {
  const { request, reply, directives, delay, gone, meter } = call;
  const head = envelope(call, 'chat.completion.chunk');
  // What is written to a connection that is about to close is never said to be sent.
  const left = new Promise<boolean>((sent) => gone.addEventListener('abort', () => sent(false)));
  const send = (fields: object) => {
    const data = `data: ${JSON.stringify({ ...head, ...fields })}\n\n`;
    return Promise.race([left, new Promise<boolean>((sent) => response.write(data, (error) => sent(!error)))]);
  };
  const sendChoice = (delta: object, finishReason: string | null) =>
    send({ choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }] });

  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache' });
  response.flushHeaders();
  const deltas = deltasOf(reply);
  for (const [index, delta] of deltas.entries()) {
    await breakIfAsked(response, directives, index, gone);
    const isSent = await sendChoice(index === 0 ? { role: 'assistant', content: '', ...delta } : delta, null);
    if (isSent) meter.addSent(textOf(delta));
    // In one go: a busy process takes long for as many turns.
    if (index + 1 < (directives.quick ?? 0)) continue;
    await sleep(delay, undefined, { signal: gone });
    // Timers come before what the network brings: a client that has left meanwhile is noticed first.
    await otherEvents(undefined, { signal: gone });
  }
  await breakIfAsked(response, directives, deltas.length, gone);
  await sendChoice({}, reply.finishReason);
  await breakIfAsked(response, directives, deltas.length + 1, gone);
  gone.throwIfAborted();
  if (request.stream_options?.include_usage && !directives.nousage) await send({ choices: [], usage: reply.usage });
  response.end('data: [DONE]\n\n');
}

/** Commits the fault that is due before the piece with this index. */
async function breakIfAsked(
  response: ServerResponse,
  directives: Directives,
  index: number,
  gone: AbortSignal,
): Promise<void> {
  if (directives.cut === index) {
    response.destroy();
    throw new Faulted();
  }
  if (directives.end === index) {
    response.end();
    throw new Faulted();
  }
  if (directives.after !== index) return;
  if (directives.stall) await sleep(directives.stall, undefined, { signal: gone });
  if (directives.malformed) {
    response.end('data: {"choices": [{"delta": {"content": \n\n');
    throw new Faulted();
  }
  if (directives.error) {
    response.end(
      `data: ${JSON.stringify({ error: { message: 'the stub was asked to fail', type: 'server_error' } })}\n\n`,
    );
    throw new Faulted();
  }
}

interface Delta {
  content?: string;
  reasoning_content?: string;
  tool_calls?: { function: { name?: string; arguments: string } }[];
}

/** What of a piece the model wrote. */
function textOf({ content = '', reasoning_content: thought = '', tool_calls: calls = [] }: Delta): string {
  return thought + content + calls.map((call) => (call.function.name ?? '') + call.function.arguments).join('');
}

/** Thoughts first, then the answer: word by word, each with the space before it, so that a reader sees it arrive. */
function deltasOf({ content, reasoning, toolCall }: Reply): Delta[] {
  const thoughts = wordsOf(reasoning).map((piece) => ({ reasoning_content: piece }));
  if (!toolCall) return [...thoughts, ...wordsOf(content).map((piece) => ({ content: piece }))];
  const { name, arguments: args } = toolCall.function;
  const opening = { index: 0, id: toolCall.id, type: 'function', function: { name, arguments: '' } };
  const pieces = (args.match(/[\s\S]{1,12}/g) ?? []).map((piece) => ({ index: 0, function: { arguments: piece } }));
  return [...thoughts, ...[opening, ...pieces].map((part) => ({ tool_calls: [part] }))];
}

const wordsOf = (text: string): string[] => text.match(/\s*\S+|\s+$/g) ?? [];

function envelope({ request }: Call, object: string): object {
  const created = Math.floor(Date.now() / 1000);
  return { id: `chatcmpl-${randomUUID()}`, object, created, model: request.model, system_fingerprint: 'local-stub' };
}
