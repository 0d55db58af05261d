import { describe, expect, test } from 'vitest';
import { api } from '../../helpers/api.ts';
import { apiWith } from '../../helpers/environment.ts';

/** What the page links to on this host. */
async function linksOfPage(): Promise<string[]> {
  const { body } = await api.get('/docs');
  return [...(body as string).matchAll(/(?:href|src)="(\/[^"]+)"/g)].map(([, link]) => link!);
}

describe('the page of the reference', () => {
  test('is HTML with a policy of its own, checked each time', async () => {
    const { status, headers } = await api.get('/docs');
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'public, no-cache',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
  });

  test('may load from this host only, and run no script that stands in it', async () => {
    const { headers } = await api.get('/docs');
    const policy = headers.get('content-security-policy')!;
    expect(policy).not.toMatch(/unsafe|nonce|https?:|\*/);
    const directives = policy.split('; ');
    for (const directive of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"]) {
      expect(directives).toContain(directive);
    }
  });

  test('has no script, style or handler of its own in it, which that policy would refuse', async () => {
    const html = (await api.get('/docs')).body as string;
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\s(style|on\w+)=/i);
    expect(html).not.toMatch(/\{[\w.-]+\}/);
  });

  test('is not sent again to a client that has it', async () => {
    const { headers } = await api.get('/docs');
    const again = await api.get('/docs', { headers: { 'If-None-Match': headers.get('etag')! } });
    expect(again).toMatchObject({ status: 304, body: null });
    expect(again.headers.get('content-security-policy')).toBe(headers.get('content-security-policy'));
  });

  test('links to what exists; its files may be kept for good', async () => {
    const links = await linksOfPage();
    expect(links.length).toBeGreaterThanOrEqual(6);
    for (const link of new Set(links)) {
      const { status, headers } = await api.get(link);
      expect({ link, status }).toEqual({ link, status: 200 });
      expect(headers.get('etag')).toMatch(/^(W\/)?"\w+"$/);
      if (link.startsWith('/docs/')) {
        expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
        expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
      }
    }
  });

  test('is 503 where the deployment lacks it', async () => {
    const ASSETS = { fetch: async () => new Response('gone', { status: 404 }) };
    const { status, body } = await apiWith({ ASSETS }).get('/docs');
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'service_unavailable' });
  });
});

test.each([
  ['/docs/page.0123456789abcdef.js', 404],
  ['/docs/index.html', 422],
  ['/docs/..%2Fopenapi.json', 422],
  ['/docs/page.js', 422],
])('%s is no file of the page', async (path, status) => {
  expect(await api.get(path)).toMatchObject({ status });
});

test('GET /redoc leads there', async () => {
  const { status, headers } = await api.get('/redoc');
  expect({ status, location: headers.get('location') }).toEqual({ status: 308, location: '/docs' });
});
