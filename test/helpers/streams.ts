import { exports } from 'cloudflare:workers';

/** One event of a stream (WHATWG HTML §9.2). */
export type StreamEvent = { id: string | null; event: string; data: string };

/** The events of an answer, as they come. Leaving the loop cancels the stream. */
export async function* readEvents({ body }: Response): AsyncGenerator<StreamEvent> {
  let buffer = '';
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    buffer += chunk;
    const blocks = buffer.split('\n\n');
    buffer = blocks.pop()!;
    for (const block of blocks) {
      const event = parseEvent(block);
      if (event) yield event;
    }
  }
}

function parseEvent(block: string): StreamEvent | null {
  const event: StreamEvent = { id: null, event: 'message', data: '' };
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line)!;
    if (field === 'id') event.id = value!;
    if (field === 'event') event.event = value!;
    if (field === 'data') data.push(value!);
  }
  // Comments, which keep the connection open, are no events.
  return data.length > 0 || event.event !== 'message' ? { ...event, data: data.join('\n') } : null;
}

/** An open socket: its messages in order, and how it was closed. */
export type Socket = {
  send(message: unknown): void;
  /** The next message, or the one that came first unread. */
  next(): Promise<Record<string, unknown>>;
  /** Settles when the other side closes. */
  closed: Promise<{ code: number; reason: string }>;
  close(): void;
};

/** Opens a WebSocket. @throws when the Worker does not accept it. */
export async function openSocket(path: string, headers: Record<string, string> = {}): Promise<Socket> {
  const url = new URL(path, 'https://api.example.test');
  const response: Response = await exports.default.fetch(url, { headers: { Upgrade: 'websocket', ...headers } });
  const socket = response.webSocket;
  if (!socket) throw new Error(`no WebSocket, but ${response.status}: ${await response.text()}`);
  const unread: Record<string, unknown>[] = [];
  const waiting: ((message: Record<string, unknown>) => void)[] = [];
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Record<string, unknown>;
    const reader = waiting.shift();
    if (reader) reader(message);
    else unread.push(message);
  });
  const closed = new Promise<{ code: number; reason: string }>((done) =>
    socket.addEventListener('close', ({ code, reason }) => done({ code, reason })),
  );
  socket.accept();
  return {
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    next: () => new Promise((done) => (unread.length > 0 ? done(unread.shift()!) : waiting.push(done))),
    closed,
    close: () => socket.close(),
  };
}

/** The next message of a type, others passed over. */
export async function nextOf(socket: Socket, type: string): Promise<Record<string, any>> {
  for (;;) {
    const message = await socket.next();
    if (message.type === type) return message;
  }
}
