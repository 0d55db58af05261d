import { beforeAll, describe, expect, test } from 'vitest';
import { createGuardedFetch } from '../../../src/platform/fetch/guarded-fetch.ts';
import type { Resolver } from '../../../src/platform/fetch/resolver.ts';
import { openRemote, type Remote } from '../../helpers/remote.ts';

/** Names and what they lead to. Any other name does not exist. */
const NAMES: Record<string, string[]> = {
  'public.example.com': ['93.184.216.34', '2606:4700::6810:84e5'],
  'rebind.example.com': ['127.0.0.1'],
  'mixed.example.com': ['93.184.216.34', '127.0.0.1'],
  'mixed6.example.com': ['93.184.216.34', '::1'],
  'alias.example.com': ['10.0.0.8'],
  'metadata.example.com': ['169.254.169.254'],
  'mapped.example.com': ['::ffff:127.0.0.1'],
  'nat64.example.com': ['64:ff9b::7f00:1'],
  'zero.example.com': ['0.0.0.0'],
  'unreadable.example.com': ['93.184.216.34', 'localhost'],
  'empty.example.com': [],
  'xn--nxasmm1c.example.com': ['192.168.1.1'],
};

const resolver: Resolver = {
  resolve: async (name) => (name === 'servfail.example.com' ? 'failed' : (NAMES[name] ?? [])),
};

/** Each leads to this machine, to a private network, or to a metadata service. `PORT` is where the server listens. */
const HOSTILE = [
  'http://127.0.0.1:PORT/ID/echo',
  'http://127.0.0.1:PORT./ID/echo',
  'http://127.0.0.1.:PORT/ID/echo',
  'http://127.1:PORT/ID/echo',
  'http://127.0.1:PORT/ID/echo',
  'http://127.8.8.8:PORT/ID/echo',
  'http://0:PORT/ID/echo',
  'http://0.0.0.0:PORT/ID/echo',
  'http://2130706433:PORT/ID/echo',
  'http://017700000001:PORT/ID/echo',
  'http://0177.0.0.1:PORT/ID/echo',
  'http://0x7f000001:PORT/ID/echo',
  'http://0x7f.0.0.1:PORT/ID/echo',
  'http://0x7F.0x0.0x0.0x1:PORT/ID/echo',
  'http://127.0.0.0x1:PORT/ID/echo',
  'http://%31%32%37.0.0.1:PORT/ID/echo',
  'http://127。0。0。1:PORT/ID/echo',
  'http://127.0.0.1:PORT/ID/echo',
  'http://①②⑦.⓪.⓪.①:PORT/ID/echo',
  'http:127.0.0.1:PORT/ID/echo',
  'http:\\\\127.0.0.1:PORT\\ID\\echo',
  'http:////127.0.0.1:PORT/ID/echo',
  ' \n http://127.0.0.1:PORT/ID/echo',
  'ht\ntp://127.0.0.1:PORT/ID/echo',
  'HTTP://127.0.0.1:PORT/ID/echo',
  'http://[::1]:PORT/ID/echo',
  'http://[0:0:0:0:0:0:0:1]:PORT/ID/echo',
  'http://[::]:PORT/ID/echo',
  'http://[::127.0.0.1]:PORT/ID/echo',
  'http://[::ffff:127.0.0.1]:PORT/ID/echo',
  'http://[::ffff:7f00:1]:PORT/ID/echo',
  'http://[::FFFF:7F00:0001]:PORT/ID/echo',
  'http://[::ffff:0:127.0.0.1]:PORT/ID/echo',
  'http://[64:ff9b::127.0.0.1]:PORT/ID/echo',
  'http://[2002:7f00:1::]:PORT/ID/echo',
  'http://[2001:0:7f00:1::80ff:fffe]:PORT/ID/echo',
  'http://[::1%25lo]:PORT/ID/echo',
  'http://[fe80::1%25eth0]:PORT/ID/echo',
  'http://[fe80::1]:PORT/ID/echo',
  'http://[fc00::1]/ID/echo',
  'http://[fd00:ec2::254]/latest/meta-data/',
  'http://[ff02::1]/ID/echo',
  'http://localhost:PORT/ID/echo',
  'http://LOCALHOST:PORT/ID/echo',
  'http://localhost.:PORT/ID/echo',
  'http://localhost..:PORT/ID/echo',
  'http://local\u00adhost:PORT/ID/echo',
  'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/ID/echo',
  'http://a.localhost:PORT/ID/echo',
  'http://a.localhost.:PORT/ID/echo',
  'http://localhost.localdomain:PORT/ID/echo',
  'http://ip6-localhost:PORT/ID/echo',
  'http://printer.local/ID/echo',
  'http://router.lan/ID/echo',
  'http://db.internal:PORT/ID/echo',
  'http://db.internal./ID/echo',
  'http://metadata/computeMetadata/v1/',
  'http://metadata.google.internal/computeMetadata/v1/',
  'http://metadata.goog/computeMetadata/v1/',
  'http://instance-data/latest/meta-data/',
  'http://1.0.0.127.in-addr.arpa/ID/echo',
  'http://hidden.onion/ID/echo',
  'http://a..b.example.com/ID/echo',
  'http://169.254.169.254/latest/meta-data/',
  'http://169.254.169.254.:80/latest/meta-data/',
  'http://2852039166/latest/meta-data/',
  'http://0xa9fea9fe/latest/meta-data/',
  'http://0251.0376.0251.0376/latest/meta-data/',
  'http://[::ffff:a9fe:a9fe]/latest/meta-data/',
  'http://100.100.100.200/latest/meta-data/',
  'http://168.63.129.16/machine?comp=goalstate',
  'http://192.0.0.192/opc/v1/instance/',
  'http://10.0.0.1/ID/echo',
  'http://172.16.0.1/ID/echo',
  'http://192.168.1.1/ID/echo',
  'http://100.64.0.1/ID/echo',
  'http://198.18.0.1/ID/echo',
  'http://203.0.113.7/ID/echo',
  'http://224.0.0.1/ID/echo',
  'http://255.255.255.255/ID/echo',
  'http://rebind.example.com:PORT/ID/echo',
  'http://rebind.example.com.:PORT/ID/echo',
  'http://REBIND.example.com:PORT/ID/echo',
  'http://mixed.example.com:PORT/ID/echo',
  'http://mixed6.example.com:PORT/ID/echo',
  'http://alias.example.com/ID/echo',
  'http://metadata.example.com/latest/meta-data/',
  'http://mapped.example.com:PORT/ID/echo',
  'http://nat64.example.com:PORT/ID/echo',
  'http://zero.example.com:PORT/ID/echo',
  'http://unreadable.example.com/ID/echo',
  'http://βόλος.example.com/ID/echo',
  'https://user:password@public.example.com/',
  'http://public.example.com@127.0.0.1:PORT/ID/echo',
  'http://127.0.0.1:PORT#@public.example.com/ID/echo',
  'http://127.0.0.1:PORT\\@public.example.com/ID/echo',
  'http://public.example.com:22/',
  'http://public.example.com:25/',
  'http://public.example.com:6667/',
  'http://public.example.com:0/',
  'file:///etc/passwd',
  'data:text/plain,hello',
  'blob:http://127.0.0.1:PORT/ID/echo',
  'javascript:fetch("http://127.0.0.1:PORT/ID/echo")',
  'gopher://127.0.0.1:PORT/_GET%20/ID/echo',
  'ftp://127.0.0.1/',
  'ws://127.0.0.1:PORT/ID/echo',
  'dict://127.0.0.1:PORT/',
  '//127.0.0.1:PORT/ID/echo',
  '/ID/echo',
  '127.0.0.1:PORT/ID/echo',
  'http://',
  'http://[::1',
  'http://256.256.256.256/',
  'http://1.2.3.4.5:PORT/',
  'http://public.example.com:99999/',
  '',
  `http://public.example.com/${'a'.repeat(8192)}`,
];

let remote: Remote;
const sent: string[] = [];
const guardedFetch = createGuardedFetch({
  resolver,
  fetch: (url, init) => {
    sent.push(url);
    return fetch(url, init);
  },
});

beforeAll(() => {
  remote = openRemote();
});

const aim = (template: string) => {
  const id = new URL(remote.url('echo')).pathname.split('/')[1]!;
  return template.replaceAll('PORT', remote.port).replaceAll('ID', id);
};

describe('an address that is not of the public internet', () => {
  test('would be reached without the guard', async () => {
    for (const url of [
      'http://127.1:PORT/ID/echo',
      'http://0x7f000001:PORT/ID/echo',
      'http://localhost:PORT/ID/echo',
    ]) {
      expect((await fetch(aim(url))).status).toBe(200);
    }
    expect((await remote.stats()).hits).toBe(3);
    remote = openRemote();
  });

  test.each(HOSTILE)('%j is refused', async (template) => {
    await expect(guardedFetch(aim(template))).rejects.toMatchObject({ code: 'address_not_allowed' });
  });

  test.each(['empty.example.com', 'nowhere.example.com', 'servfail.example.com'])('%s has none', async (name) => {
    await expect(guardedFetch(`http://${name}:${remote.port}/`)).rejects.toMatchObject({ code: 'remote_unavailable' });
  });

  test('was never called, and nothing was sent anywhere', async () => {
    expect(HOSTILE.length).toBeGreaterThan(100);
    expect(sent).toEqual([]);
    expect(await remote.stats()).toEqual({ hits: 0, open: 0, most: 0 });
  });

  test('is not told apart from another by what the refusal says of it', async () => {
    const error = await guardedFetch(aim('http://rebind.example.com:PORT/ID/echo')).catch((e: unknown) => e);
    expect(JSON.stringify(error)).not.toContain('127.0.0.1');
  });
});
