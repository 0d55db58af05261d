import type { ActivityRow } from '../../activities/index.ts';
import type { Payload } from '../kinds/kind.ts';

/** Ids alone say who did it: names stay here, where they can be deleted. */
export function toPayload(activity: ActivityRow, type: string): Payload {
  return {
    type,
    timestamp: activity.createdAt.toISOString(),
    data: {
      activity_id: activity.id,
      workspace_id: activity.workspaceId,
      project_id: activity.projectId,
      user_id: activity.userId,
      subject_id: activity.subjectId,
      action: activity.action,
      resource_type: activity.resourceType,
      resource_id: activity.resourceId,
      metadata: activity.metadata,
    },
  };
}
