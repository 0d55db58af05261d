import { z } from '@hono/zod-openapi';
import { DateTime, listQuery, NextCursor, Uuid } from '../../../http/schemas.ts';
import { KINDS } from '../kinds.ts';

const Kind = z.enum(KINDS).openapi({ example: 'mention' });

export const Notification = z
  .object({
    id: Uuid,
    kind: Kind,
    message: z.string().openapi({
      description: 'What happened, in the language of the request.',
      example: 'Ada Lovelace mentioned you in a comment',
    }),
    workspace_id: Uuid,
    workspace_name: z.string().openapi({ example: 'Research' }),
    project_id: Uuid.nullable().openapi({ description: 'The project that it happened in.' }),
    project_name: z.string().nullable().openapi({ example: 'Onboarding' }),
    activity_id: Uuid.openapi({ description: 'The activity of the workspace that it tells of.' }),
    action: z.string().openapi({ example: 'comment_added' }),
    resource_type: z.string().openapi({ example: 'comment' }),
    resource_id: z.string().nullable().openapi({ description: 'What it is about, such as the comment.' }),
    user_id: Uuid.nullable().openapi({ description: 'Who did it; null once that account is deleted.' }),
    user_name: z.string().nullable().openapi({ example: 'Ada Lovelace' }),
    user_avatar: z.string().nullable().openapi({ description: 'A picture of them.' }),
    is_read: z.boolean(),
    read_at: DateTime.nullable(),
    created_at: DateTime,
  })
  .openapi('Notification');

export type Notification = z.infer<typeof Notification>;

export const NotificationPage = z
  .object({
    items: z.array(Notification),
    next_cursor: NextCursor,
    unread_count: z.number().int().openapi({ description: 'All that you have not read, whatever the filters.' }),
  })
  .openapi('NotificationPage');

export type NotificationPage = z.infer<typeof NotificationPage>;

export const ListNotificationsQuery = listQuery(50, 200).extend({
  unread: z.stringbool().optional().openapi({ type: 'boolean', description: 'Only unread ones, or only read ones.' }),
  workspace_id: Uuid.optional().openapi({ description: 'Only those of this workspace.' }),
  kind: Kind.optional().openapi({ description: 'Only those of this kind.' }),
});

export type ListNotificationsQuery = z.infer<typeof ListNotificationsQuery>;

export const NotificationParams = z.object({
  notification_id: Uuid.openapi({ param: { name: 'notification_id', in: 'path' }, description: 'The notification.' }),
});

export const ReadAllRequest = z
  .object({ workspace_id: Uuid.optional().openapi({ description: 'Only those of this workspace.' }) })
  .openapi('ReadAllRequest');

export const ReadAllAnswer = z
  .object({
    message: z.string().openapi({ example: 'Marked as read.' }),
    marked: z.number().int().openapi({ description: 'How many were unread until now.' }),
  })
  .openapi('ReadAllAnswer');
