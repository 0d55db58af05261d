/**
 * What fills each list of the API, by the operation's id: statements that insert `at.count` rows and return the ids that
 * the list shows. Times lie some to a millisecond and go back from `at.shift` seconds ago, so that positions tie.
 */

/** What the rows belong to, and how many of them there are to be. */
export type PopulationSite = {
  count: number;
  /** Seconds. */
  shift: number;
  workspace: string;
  project: string;
  integration: string;
  workflow: string;
  execution: string;
  schedule: string;
  webhook: string;
  event_trigger: string;
  /** Who reads the list, and their address. */
  reader: string;
  email: string;
};

const SITE = `site as (
  select * from json_to_record($1::json)
    as (count int, shift int, workspace uuid, project uuid, integration uuid, workflow uuid, execution uuid, schedule uuid,
      webhook uuid, event_trigger uuid, reader uuid, email text)
), at as (
  select site.*, n, now() - (n / 4 + shift) * interval '1 second' as moment, gen_random_uuid() as id,
    replace(gen_random_uuid()::text, '-', '') as word
  from site, generate_series(1, count) as n
)`;

/** Accounts of nobody, who cannot log in, each with a plan without limits. */
const PEOPLE = `${SITE}, people as (
  insert into users (email, username, full_name, password_hash, created_at)
  select word || '@example.test', word, 'Somebody', 'none', moment from at returning id, username
), subscriptions as (
  insert into user_subscriptions (user_id, plan_id)
  select people.id, plans.id from people, plans where plans.slug = 'enterprise'
)`;

/** Public workspaces of such people, of which the reader is a member. */
const WORKSPACES = `${PEOPLE}, made as (
  insert into workspaces (name, slug, type, owner_id, is_public, created_at, updated_at, last_activity_at)
  select 'Population ' || n, word, 'collaborative', people.id, true, moment, moment, moment
  from at join people on people.username = at.word returning id, owner_id, created_at
), memberships as (
  insert into workspace_members (workspace_id, user_id, role, joined_at)
  select id, owner_id, 'owner'::member_role, created_at from made
  union all select made.id, site.reader, 'member', made.created_at from made, site
)`;

const JOINED = `${PEOPLE}, joined as (
  insert into workspace_members (workspace_id, user_id, role, joined_at, created_at)
  select workspace, people.id, 'viewer', moment, moment from at join people on people.username = at.word
  returning id, user_id
)`;

const ACTIVITIES = `${SITE}, happened as (
  insert into workspace_activities
    (id, workspace_id, user_id, action, resource_type, project_id, created_at, followed_up_at)
  select id, workspace, reader, 'project_updated', 'project', project, moment, moment from at
  returning id, workspace_id, user_id, created_at
)`;

const PROJECTS = `with ${SITE}, flows as (
  insert into workflows (id, workspace_id, created_by, name, definition)
  select id, workspace, reader, 'Population', '{"nodes":[],"connections":[]}' from at
)
insert into workspace_projects (workspace_id, workflow_id, created_by, name, created_at, updated_at, last_edited_at)
select workspace, id, reader, 'Population ' || n, moment, moment, moment from at returning id`;

const EXECUTIONS = `with ${SITE}
    insert into workflow_executions (workspace_id, workflow_id, workflow_version, created_by, status, priority,
      created_at, updated_at, started_at, completed_at)
    select workspace, workflow, 1, reader, 'completed', 1 + n % 10, moment, moment,
      case when n % 3 > 0 then moment end, case when n % 4 > 0 then moment end
    from at returning id`;

const SCHEDULES = `with ${SITE}
    insert into schedules (workspace_id, workflow_id, created_by, acts_for, name, cron, time_zone, created_at, updated_at)
    select workspace, workflow, reader, reader, 'Population ' || n, '@daily', 'UTC', moment, moment from at returning id`;

export const POPULATIONS: Record<string, string> = {
  listPersonalTokens: `with ${SITE}
    insert into personal_access_tokens (user_id, workspace_id, name, token_hash, hint, scopes, expires_at, created_at)
    select reader, workspace, 'Token', word, 'none', array['workspace:read'], now() + interval '30 days', moment
    from at returning id`,
  listWorkspaces: `with ${WORKSPACES} select id from made`,
  listDeletedWorkspaces: `with ${SITE}, made as (
      insert into workspaces (id, name, slug, type, owner_id, status, deleted_at, created_at)
      select id, 'Population ' || n, word, 'collaborative', reader, 'deleted', moment, moment from at
      returning id, owner_id
    ), memberships as (
      insert into workspace_members (workspace_id, user_id, role) select id, owner_id, 'owner' from made
    ) select id from made`,
  searchWorkspaces: `with ${WORKSPACES} select id from made`,
  listWorkspaceMembers: `with ${JOINED} select id from joined`,
  listProjectCollaborators: `with ${JOINED}, collaborators as (
      insert into project_collaborators (project_id, workspace_id, user_id, created_at)
      select project, workspace, people.id, moment from at join people on people.username = at.word returning id
    ) select id from collaborators`,
  listSentInvitations: `with ${SITE}
    insert into workspace_invitations
      (workspace_id, inviter_id, email, role, token_hash, mail_id, expires_at, created_at, updated_at)
    select workspace, reader, word || '@example.test', 'member', word, id, now() + interval '7 days', moment, moment
    from at returning id`,
  listReceivedInvitations: `with ${WORKSPACES}
    insert into workspace_invitations
      (workspace_id, inviter_id, email, role, token_hash, mail_id, expires_at, created_at, updated_at)
    select made.id, made.owner_id, site.email, 'member', made.id::text, made.id, now() + interval '7 days',
      made.created_at, made.created_at
    from made, site returning id`,
  listProjects: PROJECTS,
  searchProjects: PROJECTS,
  listWorkflows: `with ${SITE}
    insert into workflows (workspace_id, created_by, name, definition, created_at, updated_at)
    select workspace, reader, 'Population ' || n, '{"nodes":[],"connections":[]}', moment, moment from at returning id`,
  // Of the workflow that the project has.
  listWorkflowVersions: `with ${SITE}, flow as (
      select w.id, w.workspace_id, max(v.version) as number from site
      join workspace_projects p on p.id = site.project join workflows w on w.id = p.workflow_id
      join workflow_versions v on v.workflow_id = w.id group by w.id
    )
    insert into workflow_versions (workflow_id, workspace_id, version, definition, created_by, created_at)
    select flow.id, flow.workspace_id, flow.number + n, '{"nodes":[],"connections":[]}', reader, moment
    from at, flow returning version as id`,
  listWorkflowDeployments: `with ${SITE}, former as (
      select p.workflow_id, coalesce(max(d.number), 0) as number from site
      join workspace_projects p on p.id = site.project
      left join workflow_deployments d on d.workflow_id = p.workflow_id group by 1
    )
    insert into workflow_deployments (workflow_id, workspace_id, number, kind, version, created_by, created_at)
    select workflow_id, workspace, former.number + n, 'publish', 1, reader, moment from at, former returning id`,
  listNodes: `with ${SITE}
    insert into nodes (workspace_id, created_by, name, type, code_template, created_at, updated_at)
    select workspace, reader, 'Population ' || n, 'transform', '$', moment, moment from at returning id`,
  listProjectVersions: `with ${SITE}, former as (
      select coalesce(max(version_number), 0) as number from project_versions, site where project_id = site.project
    )
    insert into project_versions
      (project_id, workspace_id, created_by, version_number, version_name, workflow_data, checksum, created_at)
    select project, workspace, reader, former.number + n, 'Version', '{"nodes":[],"connections":[]}', word, moment
    from at, former returning id`,
  listComments: `with ${SITE}
    insert into project_comments (project_id, workspace_id, user_id, content, created_at, updated_at)
    select project, workspace, reader, 'Population ' || n, moment, moment from at returning id`,
  listWorkspaceActivities: `with ${ACTIVITIES} select id from happened`,
  listProjectActivities: `with ${ACTIVITIES} select id from happened`,
  listNotifications: `with ${ACTIVITIES}
    insert into notifications (workspace_id, user_id, activity_id, kind, created_at)
    select workspace_id, user_id, id, 'project_update', created_at from happened returning id`,
  listIntegrations: `with ${SITE}
    insert into workspace_integrations
      (workspace_id, created_by, integration_type, config, sealed_secrets, created_at, updated_at)
    select workspace, reader, 'webhook', '{}', 'none', moment, moment from at returning id`,
  listIntegrationDeliveries: `with ${SITE}
    insert into integration_deliveries
      (workspace_id, integration_id, event_type, payload, status, attempts, delivered_at, created_at)
    select workspace, integration, 'project_updated', '{}', 'delivered', 1, moment, moment from at returning id`,
  listAuditEntries: `with ${SITE}
    select append_audit(workspace, reader, null, 'workspace.updated', 'workspace', workspace::text, '{}', word, '{}') as id
    from at`,
  listUserVariables: `with ${SITE}
    insert into user_variables (workspace_id, created_by, key, sealed_value, created_at, updated_at)
    select workspace, reader, 'KEY_' || upper(word), 'none', moment, moment from at returning id`,
  listUsageLogs: `with ${SITE}, calls as (
      insert into llm_calls
        (id, workspace_id, created_by, provider, model, operation, streamed, request_id, price_input, price_output, status)
      select id, workspace, reader, 'local', 'stub', 'chat', false, word, 0, 0, 'settled' from at
    )
    insert into llms_usage_logs
      (call_id, workspace_id, user_id, provider, model, input_tokens, output_tokens, token_source, price_input,
        price_output, cost_usd, user_api_key_used, status, created_at)
    select id, workspace, reader, 'local', 'stub', 1, 1, 'provider', 0, 0, 0, false, 'success', moment
    from at returning id`,
  // Of the conversation that the document's example names, each with a model of its own.
  listConversationTurns: `with ${SITE}, calls as (
      insert into llm_calls
        (id, workspace_id, created_by, provider, model, operation, streamed, request_id, price_input, price_output, status)
      select id, workspace, reader, 'local', word, 'chat', false, word, 0, 0, 'settled' from at
    ), lines as (
      insert into llms_usage_logs
        (call_id, workspace_id, user_id, conversation_id, provider, model, input_tokens, output_tokens, token_source,
          price_input, price_output, cost_usd, user_api_key_used, status, created_at)
      select id, workspace, reader, '7a1f6c1e-6f0e-4c5a-9d7e-2b8a2a1f0c11', 'local', word, 1, 1, 'provider', 0, 0, 0, false,
        'success', moment
      from at returning *
    )
    select overlay(overlay(md5(concat_ws('/', conversation_id, user_id, llm_id, provider, model)) placing '8' from 13)
      placing 'a' from 17)::uuid as id from lines`,
  listExecutions: EXECUTIONS,
  listWorkflowExecutions: EXECUTIONS,
  listSchedules: SCHEDULES,
  listWorkflowSchedules: SCHEDULES,
  // Of a schedule only one is due at a time.
  listScheduleOccurrences: `with ${SITE}
    insert into schedule_occurrences (id, schedule_id, due_at, workspace_id, outcome, decided_at)
    select id, schedule, moment - n * interval '1 millisecond', workspace, 'missed', moment from at
    on conflict do nothing returning id`,
  listExecutionNodes: `with ${SITE}, former as (
      select coalesce(max(execution_order), 0) as number from node_executions, site
      where execution_id = site.execution
    )
    insert into node_executions (execution_id, workspace_id, execution_order, node_key, node_type, status)
    select execution, workspace, former.number + n, 'node', 'manual', 'completed' from at, former returning id`,
  listExecutionLogs: `with ${SITE}, former as (
      select coalesce(max(seq), 0) as number from workflow_execution_logs, site where execution_id = site.execution
    )
    insert into workflow_execution_logs (execution_id, seq, level, message, logged_at)
    select execution, former.number + n, 'info', 'Population ' || n, moment from at, former returning seq as id`,
  listWebhooks: `with ${SITE}
    insert into webhook_triggers (workspace_id, workflow_id, created_by, acts_for, name, hook_id, signature,
      replay_window_seconds, methods, created_at, updated_at)
    select workspace, workflow, reader, reader, 'Population ' || n, word, '{"scheme":"none"}', 300, array['POST'], moment,
      moment from at returning id`,
  listWebhookCalls: `with ${SITE}
    insert into webhook_calls (workspace_id, webhook_id, outcome, method, headers, size_bytes, created_at)
    select workspace, webhook, 'accepted', 'POST', '{}', 2, moment from at returning id`,
  listEventTriggers: `with ${SITE}
    insert into event_triggers (workspace_id, workflow_id, created_by, acts_for, name, events, created_at, updated_at)
    select workspace, workflow, reader, reader, 'Population ' || n, array['invitation.declined'], moment, moment
    from at returning id`,
  listEventFirings: `with ${SITE}
    insert into event_firings (workspace_id, trigger_id, source, event_type, outcome, created_at)
    select workspace, event_trigger, word, 'project.updated', 'filtered', moment from at returning id`,
  getExecutionLineage: `with ${SITE}
    insert into workflow_executions (workspace_id, workflow_id, workflow_version, created_by, status, trigger_type,
      parent_execution_id, created_at)
    select workspace, workflow, 1, reader, 'completed', 'workflow', execution, moment from at returning id`,
  listApprovals: `with ${SITE}
    insert into execution_waits (workspace_id, execution_id, node_key, kind, title, expires_at, created_by, created_at)
    select workspace, execution, 'ask', 'approval', 'Population ' || n, now() + interval '1 day', reader, moment
    from at returning id`,
  listWorkflowFiles: `with ${SITE}
    insert into workflow_files (workspace_id, path, size_bytes, content_type, checksum, object_key, created_by, created_at)
    select workspace, word || '.txt', 1, 'text/plain', word, word, reader, moment from at returning id`,
  listBudgets: `with ${SITE}
    insert into llm_budgets (workspace_id, created_by, scope, subject_id, period, amount_usd, created_at, updated_at)
    select workspace, reader, 'user', id, 'day', 1, moment, moment from at returning id`,
  listRoutes: `with ${SITE}
    insert into llm_routes (workspace_id, created_by, name, strategy, targets, created_at, updated_at)
    select workspace, reader, 'r' || word, 'fallback', '[]', moment, moment from at returning id`,
  listEndpoints: `with ${SITE}
    insert into llm_endpoints (workspace_id, created_by, name, base_url, created_at, updated_at)
    select workspace, reader, 'e' || word, 'https://models.example.test/v1', moment, moment from at returning id`,
  listBillingEvents: `with ${SITE}
    insert into billing_events (workspace_id, user_id, event_type, amount_usd, description, status, created_at)
    select workspace, reader, 'credit', 1, 'Population ' || n, 'completed', moment from at returning id`,
  listCatalogChanges: `with ${SITE}
    insert into llm_catalog_changes (llm_id, provider, name, change, fields, created_at)
    select id, 'local', word, 'changed', '{}', moment from at returning id`,
  listDeadLetters: `with ${SITE}
    insert into dead_letters (message_id, job, object_key, error, created_at)
    select id::text, 'population.nothing', 'population/' || word, 'none', moment from at returning id`,
};
