import { sql } from 'drizzle-orm';
import { check, index, smallint, type PgColumn } from 'drizzle-orm/pg-core';
import { createdAt, updatedAt } from '../columns.ts';
import { userId } from './owners.ts';

/** What somebody thinks of something, beside what that is. */
export const rating = () => ({
  userId: userId(),
  rating: smallint('rating').notNull(),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

/** What holds in a table of these. */
export const ratingRules = (table: string, t: Record<'userId' | 'rating', PgColumn>) => [
  index(`${table}_user_id_idx`).on(t.userId),
  check(`${table}_rating`, sql`${t.rating} between 1 and 5`),
];
