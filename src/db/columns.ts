import { sql } from 'drizzle-orm';
import { customType, timestamp, uuid } from 'drizzle-orm/pg-core';

/** Primary key: a UUID made by the caller where it must be known beforehand, else by the database. */
export const id = () => uuid('id').primaryKey().defaultRandom();

/** A moment in UTC, read as a Date, to the millisecond. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });

export const createdAt = () => moment('created_at').notNull().defaultNow();

export const updatedAt = () =>
  moment('updated_at')
    .notNull()
    .defaultNow()
    .$onUpdate(() => sql`now()` as unknown as Date);

/** Words to search for; PostgreSQL makes them of other columns. */
export const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' });
