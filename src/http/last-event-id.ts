import type { Context } from 'hono';

/** The last event that a client has, by which it comes back for the rest (WHATWG HTML §9.2.4); null where it names none. */
export function readLastEventId(c: Context): number | null {
  const id = c.req.header('last-event-id') ?? '';
  return /^\d{1,15}$/.test(id) ? Number(id) : null;
}
