/** Somebody who follows an execution over WebSocket, and comes back for the rest after each loss. */
import WebSocket from 'ws';

export interface Event {
  type: string;
  event_id?: string;
  seq?: number;
  node_id?: string | null;
  data?: { iteration?: number[] };
}

export class Watcher {
  readonly #url: () => string;
  readonly #token: string;
  readonly #waiting = new Set<() => void>();
  #socket: WebSocket | undefined;
  /** Each once, however often it came. */
  readonly events = new Map<string, Event>();

  /** The address is asked for at each connection: whoever starts again may be elsewhere. */
  constructor(url: () => string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** Opens a connection; what it misses after that, the next one replays. */
  connect(): Promise<void> {
    const seqs = [...this.events.values()].map(({ seq = 0 }) => seq);
    const after = `?after=${Math.max(0, ...seqs)}`;
    const socket = new WebSocket(this.#url().replace(/^http/, 'ws') + after, {
      headers: { Authorization: `Bearer ${this.#token}` },
    });
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#receive(JSON.parse(data.toString()) as Event));
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.on('error', reject);
    });
  }

  #receive(event: Event): void {
    if (event.event_id !== undefined) this.events.set(event.event_id, event);
    for (const look of this.#waiting) look();
  }

  /** Steps that were told to be completed: nodes, in the loop with their place. */
  completed(): string[] {
    return [...this.events.values()].filter(({ type }) => type === 'node_completed').map(stepOf);
  }

  has(type: string): boolean {
    return [...this.events.values()].some((event) => event.type === type);
  }

  /** Resolves once a step is told to be completed. */
  untilCompleted(step: string): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!this.completed().includes(step)) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  close(): void {
    this.#socket?.terminate();
  }
}

function stepOf({ node_id: node, data }: Event): string {
  const place = data?.iteration ?? [];
  return [node, ...place].join('/');
}
