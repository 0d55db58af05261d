import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server that only this machine can reach. */
export interface LoopbackServer {
  server: Server;
  /** `127.0.0.1:port` */
  address: string;
  url: string;
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | void;

export async function listenOnLoopback(handler: Handler, port = 0): Promise<LoopbackServer> {
  const server = createServer(async (request, response) => {
    try {
      await handler(request, response, urlOf(request));
    } catch {
      // Nothing that one client sends may end the process, in which the rest of the stack runs.
      response.destroy();
    }
  });
  // Longer than any client keeps a connection: closing one at the moment of its reuse looks like a failed request.
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, resolve);
  });
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { server, address, url: `http://${address}`, close };
}

export const urlOf = (request: IncomingMessage): URL => new URL(`http://localhost${request.url}`);

export class BodyTooLarge extends Error {}

/** The parsed JSON body. @throws {SyntaxError} @throws {BodyTooLarge} */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new BodyTooLarge(`request is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}
