/** What somebody may be told of. Members choose for each kind, workspace by workspace. */
export const KINDS = ['mention', 'comment', 'project_update', 'member_join', 'invitation', 'approval'] as const;

export type NotificationKind = (typeof KINDS)[number];
