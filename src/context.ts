import { ANONYMOUS, type Actor } from './core/actor.ts';
import type { Claim } from './core/claim.ts';
import { createKeyring, type Keyring } from './core/keyring.ts';
import type { Locale } from './core/locale.ts';
import { createDatabase, createMeter, type Database, type Meter } from './db/client.ts';
import type { Env } from './env.ts';
import { createSharedCache, type SharedCache } from './platform/cache/kv.ts';
import { createGuardedFetch, type GuardedFetch } from './platform/fetch/guarded-fetch.ts';
import { createHttpsResolver } from './platform/fetch/resolver.ts';
import { createMailer, type Mailer } from './platform/mail/mailer.ts';
import { createJobProducer, type JobProducer } from './platform/queue/producer.ts';
import { createChannels, type Channels } from './platform/realtime/channels.ts';

/** Everything that a use case may touch, passed explicitly. One per request, message or cron run. */
export type Ctx = {
  env: Env;
  actor: Actor;
  requestId: string;
  locale: Locale;
  /** The caller's network, against which guesses of credentials count; null where there is no caller. */
  clientNetwork: string | null;
  db: Database;
  /** Names of the actor's variables and keys that may be used, for work that somebody else wrote; null for all. */
  grants: readonly string[] | null;
  /** The request's Idempotency-Key, to be claimed with its effect; null where there is none. */
  claim: Claim | null;
  /** What this context has cost at the database so far. */
  meter: Meter;
  /** What the log says of the request besides: ids, by which people look for it. */
  logFields: Record<string, string>;
  cache: SharedCache;
  jobs: JobProducer;
  channels: Channels;
  mailer: Mailer;
  /** Seals secrets of users, and opens them. */
  keyring: Keyring;
  /** The one way out to addresses that users choose. */
  guardedFetch: GuardedFetch;
  /** Work that may end after the answer, within 30 s. */
  waitUntil(promise: Promise<unknown>): void;
};

export type CtxOptions = {
  env: Env;
  actor?: Actor;
  requestId?: string;
  locale?: Locale;
  clientNetwork?: string | null;
  waitUntil(promise: Promise<unknown>): void;
};

/** The one place that makes dependencies from the environment. Making them opens no connection. */
export function createCtx({ env, waitUntil, actor, requestId, locale, clientNetwork }: CtxOptions): Ctx {
  const meter = createMeter();
  return {
    env,
    actor: actor ?? ANONYMOUS,
    requestId: requestId ?? crypto.randomUUID(),
    locale: locale ?? 'en',
    clientNetwork: clientNetwork ?? null,
    db: createDatabase(env.DATABASE_URL, meter),
    grants: null,
    claim: null,
    meter,
    logFields: {},
    cache: createSharedCache(env.CACHE),
    jobs: createJobProducer(env.JOBS),
    channels: createChannels(env.CHANNEL),
    mailer: createMailer(env),
    keyring: createKeyring(env.ENCRYPTION_KEYS),
    guardedFetch: createGuardedFetch({
      resolver: createHttpsResolver(env.OUTGOING_DNS_URL),
      allowPrivate: env.OUTGOING_ALLOW_PRIVATE,
    }),
    waitUntil,
  };
}

/** A context for work that nobody asked for just now: queue messages and cron. */
export function createSystemCtx(env: Env, job: string, waitUntil: CtxOptions['waitUntil']): Ctx {
  return createCtx({ env, actor: { kind: 'system', job }, waitUntil });
}
