import { sql, type SQL } from 'drizzle-orm';

/** An id that says what something is made of, so that the same again has the same: a UUID of version 8 (RFC 9562, §5.8). */
export const digestId = (...parts: unknown[]): SQL<string> => sql<string>`
  overlay(overlay(md5(concat_ws('/', ${sql.join(
    parts.map((part) => sql`${part}`),
    sql`, `,
  )})) placing '8' from 13)
    placing 'a' from 17)::uuid`;
