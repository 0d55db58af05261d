import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { connectionConfig } from '../drizzle/connection.ts';

const MAX_TUNNELS = 50;
const CONNECT_TIMEOUT_MS = 5_000;

/** https://www.postgresql.org/docs/17/protocol-message-formats.html, SSLRequest */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** WebSockets that carry the protocol of PostgreSQL to the one configured server, over TLS where its URL asks for it. */
export class Tunnel {
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #host: string;
  readonly #port: number;
  readonly #tls: ConnectionOptions | undefined;
  #open = 0;
  /** How many were opened since the start. */
  opened = 0;

  constructor(databaseUrl: string) {
    const { host, port, ssl } = new pg.Client(connectionConfig(databaseUrl));
    this.#host = host;
    this.#port = port;
    this.#tls = ssl ? { servername: host, ...(ssl as boolean | ConnectionOptions as object) } : undefined;
  }

  /** Answers an upgrade request; the WebSocket opens only once the database has been reached. */
  async accept(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    if (this.#open >= MAX_TUNNELS) return refuse(client, '503 Service Unavailable');
    this.#open++;
    try {
      const upstream = await this.#connect().catch(() => undefined);
      if (!upstream) return refuse(client, '503 Service Unavailable');
      this.opened++;
      await this.#relay(request, client, head, upstream);
    } finally {
      this.#open--;
    }
  }

  close(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
  }

  async #relay(request: IncomingMessage, client: Duplex, head: Buffer, upstream: Socket): Promise<void> {
    upstream.on('error', () => {});
    const webSocket = await new Promise<Duplex>((resolve) =>
      this.#sockets.handleUpgrade(request, client, head, (socket) => resolve(createWebSocketStream(socket))),
    );
    // Either side leaving ends the other; the reason is of no interest to anybody.
    await pipeline(webSocket, upstream, webSocket).catch(() => {});
    upstream.destroy();
    webSocket.destroy();
  }

  async #connect(): Promise<Socket> {
    const socket = connectTcp({ host: this.#host, port: this.#port, noDelay: true });
    const signal = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
    try {
      await once(socket, 'connect', { signal });
      if (!this.#tls) return socket;
      socket.write(SSL_REQUEST);
      const [answer] = (await once(socket, 'data', { signal })) as [Buffer];
      if (answer.toString('latin1') !== 'S') throw new Error('the server does not support TLS');
      const secure = connectTls({ ...this.#tls, socket });
      await once(secure, 'secureConnect', { signal });
      return secure;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }
}

function refuse(client: Duplex, status: string): void {
  client.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
