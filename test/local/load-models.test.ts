import { execFile } from 'node:child_process';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, inject, test } from 'vitest';

const COMMAND = join(import.meta.dirname, '../../drizzle/load-models.ts');
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

let server: Server | undefined;
afterEach(() => void server?.close());

type Message = { path: string; headers: IncomingHttpHeaders; body: string };

/** A server that keeps what it is sent, and answers with this status. */
async function listen(status: number): Promise<{ url: string; messages: Message[] }> {
  const messages: Message[] = [];
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      messages.push({ path: request.url!, headers: request.headers, body: Buffer.concat(parts).toString() });
      response.writeHead(status).end('so it is');
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, messages };
}

/** Runs the command; what it says, and whether it succeeded. */
async function loadModels(args: string[], environment: Record<string, string> = {}) {
  const env = { ...process.env, DATABASE_URL_DIRECT: inject('ownerDatabaseUrl'), ...environment };
  const run = promisify(execFile)(process.execPath, [COMMAND, ...args], { env });
  return run.then(
    ({ stdout }) => ({ succeeded: true, said: stdout }),
    ({ stdout, stderr }: { stdout: string; stderr: string }) => ({ succeeded: false, said: stdout + stderr }),
  );
}

describe('loading models', () => {
  test('says how many there were', async () => {
    const { succeeded, said } = await loadModels([]);
    expect({ succeeded, said }).toMatchObject({ succeeded: true });
    expect(said).toMatch(/\d+ models read, \d+ added or changed/);
  });

  test('tells the API of it, signed after Standard Webhooks', async () => {
    const { url, messages } = await listen(200);
    expect(await loadModels(['--notify', url], { CATALOG_WEBHOOK_SECRET: SECRET })).toMatchObject({ succeeded: true });
    const [{ path, headers, body }] = messages as [Message];
    expect(path).toBe('/api/v1/llm/catalog/webhook');
    const verified = new Webhook(SECRET).verify(body, headers as Record<string, string>) as { version: number };
    expect(verified.version).toBeGreaterThan(0);
    expect(messages).toHaveLength(1);
  });

  test('fails where the API does not take it, or there is no secret to sign with', async () => {
    const { url, messages } = await listen(400);
    const refused = await loadModels(['--notify', url], { CATALOG_WEBHOOK_SECRET: SECRET });
    expect(refused.succeeded).toBe(false);
    expect(refused.said).toContain('answered 400: so it is');
    const unsigned = await loadModels(['--notify', url], { CATALOG_WEBHOOK_SECRET: '' });
    expect(unsigned.said).toBe('--notify needs CATALOG_WEBHOOK_SECRET\n');
    expect(messages).toHaveLength(1);
  });
});
