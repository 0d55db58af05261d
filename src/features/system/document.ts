import { AppError, notFound } from '../../core/errors.ts';

/** Looked at again after five minutes. */
const SHORT_LIVED = 'public, max-age=300';
/** Asked for again each time, because what it loads may be gone after a deployment. */
const CHECKED = 'public, no-cache';
/** For a name that holds a digest of the content. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** What the page of the reference may do: load its own files, draw the icons in them, and call this host. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const MEDIA_TYPES: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
};

/**
 * The API's document as it was built, or 304 for a client that has it.
 * @throws {AppError} `service_unavailable` when the deployment lacks it.
 */
export async function fetchDocument(assets: Fetcher, ifNoneMatch: string | undefined): Promise<Response> {
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': SHORT_LIVED };
  const document = await fetchAsset(assets, 'openapi.json', ifNoneMatch, headers);
  if (!document) throw new AppError('service_unavailable', { params: { service: 'openapi.json' } });
  return document;
}

/**
 * The page that shows the document, with a policy of its own.
 * @throws {AppError} `service_unavailable` when the deployment lacks it.
 */
export async function fetchDocsPage(assets: Fetcher, ifNoneMatch: string | undefined): Promise<Response> {
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': CHECKED,
    'Content-Security-Policy': PAGE_POLICY,
  };
  const page = await fetchAsset(assets, 'docs/index.html', ifNoneMatch, headers);
  if (!page) throw new AppError('service_unavailable', { params: { service: 'docs' } });
  return page;
}

/** What the page loads. @throws {AppError} `not_found` */
export async function fetchDocsFile(assets: Fetcher, name: string, ifNoneMatch: string | undefined): Promise<Response> {
  const type = MEDIA_TYPES[name.split('.').at(-1)!];
  const headers = { 'Content-Type': type!, 'Cache-Control': IMMUTABLE };
  const file = await fetchAsset(assets, `docs/${name}`, ifNoneMatch, headers);
  if (!file) throw notFound('path');
  return file;
}

/** A built file with its ETag, 304 for a client that has it, or null where there is none. */
async function fetchAsset(
  assets: Fetcher,
  path: string,
  ifNoneMatch: string | undefined,
  headers: Record<string, string>,
): Promise<Response | null> {
  const asset = await assets.fetch(`https://assets/${path}`, {
    headers: ifNoneMatch === undefined ? {} : { 'If-None-Match': ifNoneMatch },
  });
  if (asset.status !== 200 && asset.status !== 304) return null;
  const all = new Headers(headers);
  const etag = asset.headers.get('ETag');
  if (etag) all.set('ETag', etag);
  if (asset.status === 200) return new Response(asset.body, { headers: all });
  all.delete('Content-Type');
  return new Response(null, { status: 304, headers: all });
}
