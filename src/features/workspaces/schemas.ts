import { z } from '@hono/zod-openapi';
import { ROLES } from '../../core/permissions.ts';
import { DateTime, Decimal, listQuery, Uuid } from '../../http/schemas.ts';

export const ListWorkspacesQuery = listQuery(20, 100);

export type ListWorkspacesQuery = z.infer<typeof ListWorkspacesQuery>;

export const Workspace = z
  .object({
    id: Uuid,
    name: z.string().openapi({ example: 'Research' }),
    slug: z.string().openapi({ example: 'maria-research' }),
    type: z.enum(['individual', 'collaborative']),
    description: z.string().nullable().openapi({ example: 'Where experiments live.' }),
    avatar_url: z.string().nullable().openapi({ description: 'A picture of it.' }),
    color: z.string().nullable().openapi({ example: '#3B82F6' }),
    owner_id: Uuid,
    owner_name: z.string().nullable().openapi({ example: 'Ada Lovelace' }),
    role: z.enum(ROLES).openapi({ description: 'Your own role here.' }),
    plan_id: Uuid.openapi({ description: "The owner's plan, whose limits hold here." }),
    plan_name: z.string().nullable().openapi({ example: 'Free' }),
    plan_type: z.string().nullable().openapi({ example: 'free' }),
    is_public: z.boolean(),
    is_template: z.boolean(),
    allow_guest_access: z.boolean(),
    require_approval: z.boolean(),
    max_members: z.number().int().nullable().openapi({ description: 'Null: unlimited.' }),
    max_projects: z.number().int().nullable().openapi({ description: 'Null: unlimited.' }),
    max_storage_mb: z.number().int().nullable().openapi({ description: 'Null: unlimited.' }),
    enable_real_time_editing: z.boolean(),
    enable_comments: z.boolean(),
    enable_chat: z.boolean(),
    enable_video_calls: z.boolean(),
    notification_settings: z.record(z.string(), z.unknown()).nullable(),
    member_count: z.number().int(),
    activity_count: z.number().int(),
    status: z.string().openapi({ example: 'active' }),
    last_activity_at: DateTime.nullable(),
    created_at: DateTime,
    updated_at: DateTime,
  })
  .openapi('Workspace');

export type Workspace = z.infer<typeof Workspace>;

const MonthUsage = z
  .object({
    calls: z.number().int(),
    failed_calls: z.number().int(),
    input_tokens: z.number().int(),
    output_tokens: z.number().int(),
    total_tokens: z.number().int(),
    cost_usd: z.number().openapi({ description: 'US dollars; the exact amount is cost_usd_exact.' }),
    cost_usd_exact: Decimal,
  })
  .openapi('WorkspaceUsage', { description: 'Calls to models since the first of this month, in UTC.' });

export const WorkspaceStats = z
  .object({
    member_count: z.number().int(),
    activity_count: z.number().int(),
    recent_activity_count: z.number().int().openapi({ description: 'In the last seven days.' }),
    storage_limit_mb: z.number().int().nullable().openapi({ description: 'Null: unlimited.' }),
    created_at: DateTime,
    last_activity: DateTime.nullable(),
    usage_this_month: MonthUsage,
  })
  .openapi('WorkspaceStats');

export type WorkspaceStats = z.infer<typeof WorkspaceStats>;
