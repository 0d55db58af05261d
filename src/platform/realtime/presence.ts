import { MINUTE, SECOND } from '../../core/time.ts';

/** How many connections each user has. */
export type Connections = Record<string, number>;

/** Connections by kind of channel, with the channels that have any, and the users whose they are. */
export type Presence = { kinds: Record<string, { channels: number; connections: number }>; users: number };

/** How often a channel says again who is connected, though nothing has changed. */
export const PRESENCE_MS = MINUTE;

/** What was not said again for so long is not so any more: its object is gone. */
const KEEP_MS = 2 * MINUTE + 30 * SECOND;

/** Who is connected where, as the channels tell it, in the storage of one object. */
export class PresenceBook {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`create table if not exists presence (
      channel text not null,
      user_id text not null,
      connections integer not null,
      noted_at integer not null,
      primary key (channel, user_id)
    ) without rowid`);
  }

  note(channel: string, connections: Connections, now: number): void {
    this.#sql.exec('delete from presence where channel = ? or noted_at <= ?', channel, now - KEEP_MS);
    for (const [userId, count] of Object.entries(connections)) {
      this.#sql.exec('insert into presence values (?, ?, ?, ?)', channel, userId, count, now);
    }
  }

  count(now: number): Presence {
    const since = now - KEEP_MS;
    const kinds = this.#sql.exec<{ kind: string; channels: number; connections: number }>(
      `select substr(channel, 1, instr(channel || ':', ':') - 1) as kind,
         count(distinct channel) as channels, sum(connections) as connections
       from presence where noted_at > ? group by 1`,
      since,
    );
    const users = this.#sql.exec<{ users: number }>(
      'select count(distinct user_id) as users from presence where noted_at > ?',
      since,
    );
    return {
      kinds: Object.fromEntries([...kinds].map(({ kind, ...counts }) => [kind, counts])),
      users: users.one().users,
    };
  }
}
