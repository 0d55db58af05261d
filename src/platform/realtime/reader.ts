import type { Access } from '../../core/permissions.ts';
import type { Subject } from './events.ts';

/** By what a reader may read: enough to find out at any later time whether they still may, and nothing presentable. */
export type Rights = {
  userId: string;
  credential: { kind: 'session' | 'token'; id: string } | { kind: 'password'; digest: string };
  /** What the operation demanded that opened the channel. */
  access: Access;
  /** Where; null for what belongs to no workspace. */
  workspaceId: string | null;
};

/** Someone who follows a channel. `expiresAt`, in milliseconds, is when their credential ends by itself. */
export type Reader = Rights & { expiresAt: number | null };

/** How somebody follows a channel: all after a sequence number, or else so many of the last events. */
export type Subscription = {
  reader: Reader;
  after: number | null;
  recent: number;
  /** What the confirmation is about, and what it says besides. */
  subject: Subject | undefined;
  facts: Record<string, unknown>;
};

/** How the caller says who reads: not in the address, which is logged. */
export const SUBSCRIPTION_HEADER = 'X-Channel-Subscription';

/** Why a reader must go: a close code and its reason (RFC 6455 §7.4). */
export type Refusal = { code: number; reason: string };
