import type { ActivityAction } from '../../activities/index.ts';
import type { NotificationKind } from '../kinds.ts';

/** Groups of people, as `AUDIENCES` finds them. */
export type Audience =
  | 'mentioned'
  | 'discussion'
  | 'collaborators'
  | 'subject'
  | 'members'
  | 'those_who_invite'
  | 'told';

export type Rule = { kind: NotificationKind; audience: Audience };

const PROJECT_UPDATE: Rule[] = [{ kind: 'project_update', audience: 'collaborators' }];
const INVITATION: Rule[] = [{ kind: 'invitation', audience: 'those_who_invite' }];

/**
 * Who is told of what, and as what; all else is told to nobody. Each person is told once of one activity: by the first
 * rule that finds them and that their settings allow.
 */
export const RULES: Partial<Record<ActivityAction, Rule[]>> = {
  comment_added: [
    { kind: 'mention', audience: 'mentioned' },
    { kind: 'comment', audience: 'discussion' },
  ],
  project_updated: PROJECT_UPDATE,
  project_archived: PROJECT_UPDATE,
  project_unarchived: PROJECT_UPDATE,
  project_deleted: PROJECT_UPDATE,
  project_restored: PROJECT_UPDATE,
  project_received: PROJECT_UPDATE,
  version_restored: PROJECT_UPDATE,
  collaborator_added: [{ kind: 'project_update', audience: 'subject' }],
  member_joined: [{ kind: 'member_join', audience: 'members' }],
  member_invited: INVITATION,
  invitation_declined: INVITATION,
  approval_requested: [{ kind: 'approval', audience: 'told' }],
};

/** The rules for an activity, which a newer version of this code may have written. */
export function rulesFor(action: string): Rule[] {
  return Object.hasOwn(RULES, action) ? RULES[action as ActivityAction]! : [];
}
