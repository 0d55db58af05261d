import { afterEach, expect, test, vi } from 'vitest';
import { createHttpsResolver } from '../../../src/platform/fetch/resolver.ts';

const SERVER = 'https://dns.example.com/dns-query';

/** An answer to whatever was asked: this code, and these addresses of either type. */
function answer(query: Buffer, rcode: number, addresses: Record<number, string[]>): Response {
  const type = query.readUInt16BE(query.length - 4);
  const records = (addresses[type] ?? []).map((hex) => `c00c${toHex(type)}00010000003c${toHex(hex.length / 2)}${hex}`);
  const header = `00008${'18'}${rcode}0001${toHex(records.length)}00000000`;
  return new Response(Buffer.from(header + query.subarray(12).toString('hex') + records.join(''), 'hex'));
}

const toHex = (n: number) => n.toString(16).padStart(4, '0');

function serve(respond: (query: Buffer) => Response | Promise<Response>) {
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
    return respond(Buffer.from(new URL(String(input)).searchParams.get('dns')!, 'base64url'));
  });
  return { spy, resolve: () => createHttpsResolver(SERVER).resolve('a.example.com', new AbortController().signal) };
}

afterEach(() => vi.restoreAllMocks());

test('both kinds of address are asked for, and all are given', async () => {
  const { spy, resolve } = serve((query) =>
    answer(query, 0, { 1: ['5db8d822', '7f000001'], 28: ['0'.repeat(31) + '1'] }),
  );
  expect(await resolve()).toEqual(['93.184.216.34', '127.0.0.1', '0000:0000:0000:0000:0000:0000:0000:0001']);
  expect(spy).toHaveBeenCalledTimes(2);
});

test('half an answer is none', async () => {
  const { resolve } = serve((query) => {
    const isV6 = query.readUInt16BE(query.length - 4) === 28;
    return answer(query, isV6 ? 2 : 0, { 1: ['5db8d822'] });
  });
  expect(await resolve()).toBe('failed');
});

test('a name that does not exist has no address', async () => {
  expect(await serve((query) => answer(query, 3, {})).resolve()).toEqual([]);
});

test.each<[string, () => Response | Promise<Response>]>([
  ['is away', () => Promise.reject(new TypeError('refused'))],
  ['answers with an error', () => new Response(null, { status: 502 })],
  ['redirects', () => new Response(null, { status: 302, headers: { location: 'http://127.0.0.1/' } })],
  ['answers with something else', () => new Response('<html>')],
  ['answers too much', () => new Response(new Uint8Array(70_000))],
])('a resolver that %s is our failure, not that of the address', async (_, respond) => {
  await expect(serve(respond).resolve()).rejects.toMatchObject({ code: 'service_unavailable' });
});
