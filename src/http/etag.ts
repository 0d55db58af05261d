import { z } from '@hono/zod-openapi';
import { etag, RETAINED_304_HEADERS } from 'hono/etag';
import { sha256 } from '../core/crypto.ts';
import { AppError } from '../core/errors.ts';

export const IfNoneMatchHeader = z.object({
  'if-none-match': z.string().max(1000).optional().openapi({
    description: 'The ETag of the version that you have: it is answered with 304 if it is still the present one.',
    example: '"v3"',
  }),
});

export const IfMatchHeader = z.object({
  'if-match': z.string().max(1000).optional().openapi({
    description: 'The ETag of the version that you mean to change: it is 412 if it is no longer the present one.',
    example: '"v3"',
  }),
});

export const EtagHeader = z.object({
  ETag: z.string().optional().openapi({ description: 'Names this version of the resource.', example: '"v3"' }),
});

/** Headers that were set before the answer was known to be 304, and that it must keep. */
const KEPT = ['x-request-id', 'access-control-allow-origin', 'access-control-expose-headers'];

/** Names the answer by a hash of it, unless the handler has named it, and answers 304 to a client that has it. */
export const answerNotModified = etag({ retainedHeaders: [...RETAINED_304_HEADERS, ...KEPT] });

/**
 * The ETag of a resource that counts its versions. `beside` tells apart what is shown with a version without being part
 * of it, such as counts of other things: the answer is another one then, but `If-Match` goes by the version alone.
 */
export const versionTag = (version: number, ...beside: (string | number)[]): string =>
  `"${[`v${version}`, ...beside].join('.')}"`;

/** The ETag of an answer that goes by `content` alone, as weak ones do: beside it may stand how the answer was come by. */
export const weakTag = (content: unknown): string => `W/"${sha256(JSON.stringify(content)).slice(0, 32)}"`;

/**
 * The versions that `If-Match` allows (RFC 9110 §13.1.1), or null where any will do. Weak tags never match.
 * @throws {AppError} `precondition_failed` where no version can match
 */
export function matchingVersions(ifMatch: string | undefined): number[] | null {
  if (ifMatch === undefined || ifMatch.trim() === '*') return null;
  const versions = ifMatch.split(',').flatMap((tag) => {
    const version = /^"v(\d{1,9})(?:\.[\w.]*)?"$/.exec(tag.trim())?.[1];
    return version === undefined ? [] : [Number(version)];
  });
  if (versions.length === 0) throw new AppError('precondition_failed');
  return versions;
}
