import { AppError } from '../../core/errors.ts';

const CACHE_CONTROL = 'public, max-age=300';

/**
 * The API's document as it was built, or 304 for a client that has it.
 * @throws {AppError} `service_unavailable` when the deployment lacks it.
 */
export async function fetchDocument(assets: Fetcher, ifNoneMatch: string | undefined): Promise<Response> {
  const asset = await assets.fetch('https://assets/openapi.json', {
    headers: ifNoneMatch === undefined ? {} : { 'If-None-Match': ifNoneMatch },
  });
  const { status } = asset;
  if (status !== 200 && status !== 304) {
    throw new AppError('service_unavailable', { params: { service: 'openapi.json' } });
  }
  const headers = new Headers({ 'Cache-Control': CACHE_CONTROL });
  const etag = asset.headers.get('ETag');
  if (etag) headers.set('ETag', etag);
  if (status === 304) return new Response(null, { status, headers });
  headers.set('Content-Type', 'application/json');
  return new Response(asset.body, { status, headers });
}
