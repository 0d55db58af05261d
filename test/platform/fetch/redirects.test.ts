import { describe, expect, test } from 'vitest';
import { createGuardedFetch, type RemoteAnswer } from '../../../src/platform/fetch/guarded-fetch.ts';
import { openRemote } from '../../helpers/remote.ts';

/** Stands for the internet: what each public URL answers. Anything else goes to the network. */
type Site = Record<string, () => Response>;

const SECRETS = {
  Authorization: 'Bearer s3cret',
  Cookie: 'sid=s3cret',
  'X-Api-Key': 's3cret',
  'PRIVATE-TOKEN': 's3cret',
};

function browse(site: Site) {
  const seen: { url: string; method: string; headers: Record<string, string>; body: unknown }[] = [];
  const guardedFetch = createGuardedFetch({
    resolver: { resolve: async (name) => (name.endsWith('example.com') ? ['93.184.216.34'] : ['127.0.0.1']) },
    fetch: async (url, init) => {
      seen.push({
        url,
        method: init.method!,
        headers: Object.fromEntries(init.headers as Headers),
        body: init.body ?? null,
      });
      return site[url]?.() ?? fetch(url, init);
    },
  });
  return { guardedFetch, seen };
}

const redirect =
  (location: string, status = 302) =>
  () =>
    new Response('moved', { status, headers: { location } });
const ok = () => new Response('fine');

describe('a redirect', () => {
  const remote = openRemote();

  test.each([
    remote.url('echo'),
    `http://localhost:${remote.port}/`,
    `http://[::1]:${remote.port}/`,
    `//127.0.0.1:${remote.port}/`,
    `\\\\127.0.0.1:${remote.port}\\`,
    'http://169.254.169.254/latest/meta-data/',
    'http://metadata.google.internal/',
    'http://rebind.example.org/',
    'http://user:password@b.example.com/',
    'http://b.example.com:25/',
    'file:///etc/passwd',
    'data:text/html,hello',
    'javascript:alert(1)',
    'gopher://127.0.0.1/',
    'http://',
    'http://[',
    `http://b.example.com/${'a'.repeat(8192)}`,
  ])('to %j is refused', async (location) => {
    const { guardedFetch, seen } = browse({ 'http://a.example.com/': redirect(location) });
    await expect(guardedFetch('http://a.example.com/')).rejects.toMatchObject({ code: 'address_not_allowed' });
    expect(seen).toHaveLength(1);
    expect((await remote.stats()).hits).toBe(0);
  });

  test('is checked at every step, not only the first', async () => {
    const { guardedFetch, seen } = browse({
      'http://a.example.com/': redirect('http://b.example.com/'),
      'http://b.example.com/': redirect('/next', 307),
      'http://b.example.com/next': redirect(remote.url('echo'), 308),
    });
    await expect(guardedFetch('http://a.example.com/')).rejects.toMatchObject({ code: 'address_not_allowed' });
    expect(seen).toHaveLength(3);
  });

  test('from https to http is refused', async () => {
    const { guardedFetch } = browse({ 'https://a.example.com/': redirect('http://a.example.com/') });
    await expect(guardedFetch('https://a.example.com/')).rejects.toMatchObject({ code: 'address_not_allowed' });
  });

  test('in a circle ends at the limit', async () => {
    const { guardedFetch, seen } = browse({ 'http://a.example.com/': redirect('/') });
    await expect(guardedFetch('http://a.example.com/')).rejects.toMatchObject({ code: 'too_many_redirects' });
    expect(seen).toHaveLength(6);
    const none = browse({ 'http://a.example.com/': redirect('/') });
    const answer = none.guardedFetch('http://a.example.com/', {}, { redirects: 0 });
    await expect(answer).rejects.toMatchObject({ code: 'too_many_redirects' });
  });

  test('is answered as it is when the caller wants it so, or when it leads nowhere', async () => {
    const { guardedFetch } = browse({
      'http://a.example.com/': redirect('http://127.0.0.1/'),
      'http://b.example.com/': () => new Response('moved', { status: 302 }),
    });
    const manual = await guardedFetch('http://a.example.com/', { redirect: 'manual' });
    expect(manual).toMatchObject({ status: 302, redirects: 0 });
    expect(manual.headers.get('location')).toBe('http://127.0.0.1/');
    expect(await (await guardedFetch('http://b.example.com/')).text()).toBe('moved');
  });

  test('within an origin keeps secrets; to another one takes none along', async () => {
    const { guardedFetch, seen } = browse({
      'http://a.example.com/': redirect('/there'),
      'http://a.example.com/there': redirect('https://a.example.com/'),
      'https://a.example.com/': redirect('https://b.example.com/'),
      'https://b.example.com/': redirect('https://a.example.com/home'),
      'https://a.example.com/home': ok,
    });
    const answer: RemoteAnswer = await guardedFetch('http://a.example.com/', {
      headers: { ...SECRETS, Accept: 'text/plain' },
    });
    expect(answer).toMatchObject({ url: 'https://a.example.com/home', redirects: 4 });
    const withSecrets = seen.map(({ headers }) => JSON.stringify(headers).includes('s3cret'));
    // Coming back to where they belong does not bring them back.
    expect(withSecrets).toEqual([true, true, false, false, false]);
    expect(seen.every(({ headers }) => headers.accept === 'text/plain')).toBe(true);
  });

  test.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [301, 'PUT', 'PUT'],
    [302, 'DELETE', 'DELETE'],
    [307, 'POST', 'POST'],
    [308, 'PATCH', 'PATCH'],
    [303, 'HEAD', 'HEAD'],
  ])('%i of a %s goes on as %s', async (status, method, expected) => {
    const { guardedFetch, seen } = browse({
      'http://a.example.com/': redirect('/b', status),
      'http://a.example.com/b': ok,
    });
    const body = method === 'HEAD' ? null : '{"a":1}';
    await guardedFetch('http://a.example.com/', { method, body, headers: { 'Content-Type': 'application/json' } });
    const kept = expected === method;
    expect(seen[1]).toMatchObject({ method: expected, body: kept ? body : null });
    expect('content-type' in seen[1]!.headers).toBe(kept);
  });
});
