/** The least that a Worker can do for each figure, and the way in to publish on a channel of the Worker under test. */
import { DurableObject } from 'cloudflare:workers';
import { Hono } from 'hono';
import type { ChannelObject } from '../../src/platform/realtime/channel.do.ts';
import type { ChannelEvent } from '../../src/platform/realtime/events.ts';

interface Bindings {
  ROOM: DurableObjectNamespace<Room>;
  STEPS: DurableObjectNamespace<Steps>;
  CHANNEL: DurableObjectNamespace<ChannelObject>;
  /** The model stub, ending in `/v1`. */
  MODEL_URL: string;
}

/** Hibernating sockets and a loop: what a channel costs beyond this is its log, its order and its rights. */
export class Room extends DurableObject {
  override fetch(): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  publish(message: string): void {
    for (const socket of this.ctx.getWebSockets()) socket.send(message);
  }
}

/** Stores one row for each step of a run: what an engine costs beyond this is everything that makes it one. */
export class Steps extends DurableObject<Bindings> {
  constructor(state: DurableObjectState, env: Bindings) {
    super(state, env);
    state.storage.sql.exec(
      'create table if not exists steps (id integer primary key, run text, step int, output text)',
    );
  }

  run(outputs: unknown[]): void {
    const run = crypto.randomUUID();
    for (const [step, output] of outputs.entries()) {
      this.ctx.storage.sql.exec(
        'insert into steps (run, step, output) values (?, ?, ?)',
        run,
        step,
        JSON.stringify(output),
      );
    }
  }

  count(): number {
    return this.ctx.storage.sql.exec<{ count: number }>('select count(*) as count from steps').one().count;
  }
}

const app = new Hono<{ Bindings: Bindings }>();

app.get('/', (c) => c.json({ ok: true }));

app.post('/v1/chat/completions', ({ env, req }) => fetch(`${env.MODEL_URL}/chat/completions`, req.raw));

app.get('/room', ({ env, req }) => env.ROOM.getByName('room').fetch(req.raw));

app.post('/room', async ({ env, req, body }) => {
  await env.ROOM.getByName('room').publish(await req.text());
  return body(null, 204);
});

app.post('/channel/:name', async ({ env, req, body }) => {
  await env.CHANNEL.getByName(req.param('name')).publish([await req.json<ChannelEvent>()]);
  return body(null, 204);
});

app.post('/steps', async ({ env, req, json }) => {
  const { amount } = await req.json<{ amount: number }>();
  const outputs = [{ amount }, { amount }, { amount: amount * 2 }, { amount: amount * 2 }, { result: amount * 2 + 1 }];
  await env.STEPS.getByName('steps').run(outputs);
  return json(outputs.at(-1));
});

app.get('/steps', async ({ env, json }) => json({ count: await env.STEPS.getByName('steps').count() }));

// oxlint-disable-next-line import/no-default-export -- the runtime looks for it
export default app;
