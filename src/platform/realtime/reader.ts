import type { Access } from '../../core/permissions.ts';

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

/** How the caller says who reads: not in the address, which is logged. */
export const READER_HEADER = 'X-Channel-Reader';

/** Why a reader must go: a close code and its reason (RFC 6455 §7.4). */
export type Refusal = { code: number; reason: string };
