import { z } from '@hono/zod-openapi';
import { AppError } from '../core/errors.ts';

const RATING = { description: 'From 1 to 5, the best.', example: 5 };

const Rating = z.number().int().min(1).max(5);

/** Older clients send it in the query. */
export const RatingQuery = z.object({ rating: z.coerce.number().pipe(Rating).optional().openapi(RATING) });

export const RatingBody = z.object({ rating: Rating.optional().openapi(RATING) }).openapi('RatingRequest', {
  description: 'The same as in the query, before which it stands.',
  example: { rating: 5 },
});

/** @throws {AppError} `validation_failed` where it is in neither */
export function readRating(query: z.infer<typeof RatingQuery>, body: z.infer<typeof RatingBody> | undefined): number {
  const rating = body?.rating ?? query.rating;
  if (rating !== undefined) return rating;
  throw new AppError('validation_failed', {
    fields: [{ loc: ['query', 'rating'], msg: 'is required', type: 'required' }],
  });
}
