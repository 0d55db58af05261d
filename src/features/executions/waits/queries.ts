import { sql, type SQL } from 'drizzle-orm';
import type { PageRequest } from '../../../core/pagination.ts';
import type { Database } from '../../../db/client.ts';
import { listOf } from '../../../db/lists.ts';
import type { ExecutionStatus, JsonObject, WaitAnswer, WaitKind, WaitStatus } from '../../../db/schema/index.ts';
import { isOpen } from '../queries.ts';
import { isUnwritten } from '../record/queries.ts';

export type WaitRow = {
  id: string;
  workspace_id: string;
  execution_id: string;
  workflow_id: string | null;
  workflow_name: string | null;
  node_key: string;
  iteration: number[];
  kind: WaitKind;
  title: string;
  message: string | null;
  form: JsonObject | null;
  approver_ids: string[] | null;
  approver_role: 'member' | 'admin' | 'owner';
  has_link: boolean;
  /** As it is now: one whose time is over or whose execution has ended is open no more. */
  status: WaitStatus;
  answer: WaitAnswer | null;
  answered_by: string | null;
  answered_by_name: string | null;
  answered_via: 'account' | 'link' | null;
  answered_at: string | null;
  expires_at: string;
  created_at: string;
  may_answer: boolean;
};

const OPEN_EXECUTION = isOpen(sql`e.status`);

/** What an open one is, given what may have ended it without its row. */
const STATUS = sql`case
  when w.status <> 'open' then w.status
  when not ${OPEN_EXECUTION} then 'cancelled'
  when w.expires_at <= now() then 'timed_out'
  else 'open' end`;

export type Caller = { userId: string; role: string };

/** Who may answer: those who are named, else those whose role is enough. The type has the highest role first. */
const mayAnswer = ({ userId, role }: Caller): SQL => sql`case when w.approver_ids is not null
  then ${userId}::uuid = any(w.approver_ids)
  else ${role}::member_role <= w.approver_role::member_role end`;

const select = (mine: SQL) => sql`
  select w.id, w.workspace_id, w.execution_id, e.workflow_id, f.name as workflow_name, w.node_key, w.iteration, w.kind,
    w.title, w.message, w.form, w.approver_ids, w.approver_role, w.token_digest is not null as has_link,
    ${STATUS} as status, w.answer, w.answered_by, u.username as answered_by_name, w.answered_via, w.answered_at,
    w.expires_at, w.created_at, ${mine} as may_answer
  from execution_waits w
  join workflow_executions e on e.id = w.execution_id
  left join workflows f on f.id = e.workflow_id
  left join users u on u.id = w.answered_by`;

export const findWait = (db: Database, workspaceId: string, id: string, caller: Caller) =>
  db.execute<WaitRow>(
    sql`${select(mayAnswer(caller))} where w.id = ${id}::uuid and w.workspace_id = ${workspaceId}::uuid`,
  );

/** The same for nobody in particular. */
export const findState = (db: Database, workspaceId: string, id: string) =>
  db.execute<WaitRow>(sql`${select(sql`false`)} where w.id = ${id}::uuid and w.workspace_id = ${workspaceId}::uuid`);

/** By its link, in whatever workspace that is active. */
export const findLinked = (db: Database, digest: string) =>
  db.execute<WaitRow>(sql`${select(sql`true`)}
    join workspaces s on s.id = w.workspace_id and s.status = 'active' where w.token_digest = ${digest}`);

export type WaitListing = {
  workspaceId: string;
  caller: Caller;
  statuses: WaitStatus[];
  isMine: boolean;
  executionId: string | undefined;
} & PageRequest;

/** Of one status they are in the order of an index. */
const isOneOf = (statuses: readonly string[]): SQL =>
  statuses.length === 1 ? sql`w.status = ${statuses[0]}` : sql`w.status in ${listOf(statuses, 'text')}`;

/** The newest first: one more than the limit. What its row calls open is shown as what it is. */
export const findApprovals = (
  db: Database,
  { workspaceId, caller, statuses, isMine, executionId, ...page }: WaitListing,
) =>
  db.execute<WaitRow>(sql`${select(mayAnswer(caller))}
    where w.workspace_id = ${workspaceId}::uuid and w.kind = 'approval'
      and ${isOneOf(statuses)}
      and (w.status <> 'open' or (${OPEN_EXECUTION} and w.expires_at > now()))
      ${isMine ? sql`and ${mayAnswer(caller)}` : sql``}
      ${executionId === undefined ? sql`` : sql`and w.execution_id = ${executionId}::uuid`}
      ${
        page.after
          ? sql`and (w.created_at, w.id) < (${page.after.createdAt.toISOString()}::timestamptz, ${page.after.id}::uuid)`
          : sql``
      }
    order by w.created_at desc, w.id desc limit ${page.limit + 1} offset ${page.after ? 0 : page.offset}`);

export type Answering = {
  id: string;
  workspaceId: string;
  status: 'approved' | 'rejected' | 'answered';
  answer: WaitAnswer;
  /** Null for whoever has the link. */
  userId: string | null;
};

/** Writes down an answer, once: of two at the same time the second finds the row answered. What it returns is audited. */
export const answerWait = ({ id, workspaceId, status, answer, userId }: Answering): SQL => sql`
  update execution_waits w set status = ${status}, answer = ${JSON.stringify(answer)}::jsonb,
    answered_by = ${userId}::uuid, answered_via = ${userId === null ? 'link' : 'account'}, answered_at = now(),
    updated_at = now()
  from workflow_executions e
  where w.id = ${id}::uuid and w.workspace_id = ${workspaceId}::uuid and w.status = 'open' and w.expires_at > now()
    and e.id = w.execution_id and ${OPEN_EXECUTION}
  returning w.workspace_id, w.id::text as resource_id,
    jsonb_build_object('decision', w.status, 'via', w.answered_via, 'execution_id', w.execution_id) as details`;

export const answerUnaudited = (db: Database, answering: Answering) => db.execute(answerWait(answering));

/** The execution is to be looked after now, whatever becomes of the message to its runner. */
export const hurryExecution = (db: Database, workspaceId: string, executionId: string) =>
  db.execute(sql`
    update workflow_executions set next_check_at = least(next_check_at, now())
    where id = ${executionId}::uuid and workspace_id = ${workspaceId}::uuid and next_check_at is not null`);

export type NewWaitRow = {
  id: string;
  executionId: string;
  workspaceId: string;
  nodeKey: string;
  iteration: number[];
  kind: WaitKind;
  title: string;
  message: string | null;
  form: JsonObject | null;
  approverIds: string[] | null;
  approverRole: 'member' | 'admin' | 'owner';
  tokenDigest: string | null;
  expiresAt: string;
  createdBy: string;
};

/** Writes down what is waited for; one that is there already stays as it is. */
export const insertWait = (db: Database, row: NewWaitRow) =>
  db.execute<{ id: string }>(sql`
    insert into execution_waits (id, workspace_id, execution_id, node_key, iteration, kind, title, message, form,
      approver_ids, approver_role, token_digest, expires_at, created_by)
    select ${row.id}::uuid, ${row.workspaceId}::uuid, ${row.executionId}::uuid, ${row.nodeKey},
      array${listOf(row.iteration, 'int')}, ${row.kind}, ${row.title},
      ${row.message}, ${row.form === null ? null : JSON.stringify(row.form)}::jsonb,
      ${row.approverIds === null ? sql`null::uuid[]` : sql`array${listOf(row.approverIds, 'uuid')}`},
      ${row.approverRole}, ${row.tokenDigest}, ${row.expiresAt}::timestamptz,
      (select id from users where id = ${row.createdBy}::uuid)
    on conflict do nothing
    returning id`);

/** Members who may answer: by name, address or id those who are named, else some of those who have the role. */
export async function findApprovers(
  db: Database,
  workspaceId: string,
  { names, role, limit }: { names: string[]; role: string; limit: number },
) {
  const isNamed = sql`array[u.id::text, lower(u.username), lower(u.email)] &&
    array${listOf(names, 'text')}`;
  const { rows } = await db.execute<{ id: string; names: string[] }>(sql`
    select u.id, array[u.id::text, lower(u.username), lower(u.email)] as names
    from workspace_members m join users u on u.id = m.user_id and u.is_active
    where m.workspace_id = ${workspaceId}::uuid
      and ${names.length > 0 ? sql`${isNamed} and m.role <= 'member'` : sql`m.role <= ${role}::member_role`}
    order by m.role, m.joined_at, u.id limit ${limit}`);
  return rows;
}

/** What one person gets of these in an hour: a loop may ask for each of its items. In the application all of it shows. */
const LETTERS_PER_HOUR = 30;

/** The account that gets a letter about an approval, unless it was queued before or there have been many. */
export const isToldBy = (userId: string, letterId: string): SQL => sql`${isUnwritten(userId, letterId)} and (
  select count(*) from mail_outbox o where o.user_id = ${userId}::uuid and o.template in ('approval_requested', 'approval_by_link')
    and o.created_at > now() - interval '1 hour'
) < ${LETTERS_PER_HOUR}`;

export type SettledRow = {
  id: string;
  kind: WaitKind;
  status: WaitStatus;
  answer: WaitAnswer | null;
  answered_by: string | null;
  answered_via: 'account' | 'link' | null;
  answered_at: string | null;
};

/** Ends one whose time is over, unless it has been answered; for a batch, before {@link findSettled}. */
export const timeOutWait = (db: Database, workspaceId: string, id: string) =>
  db.execute(sql`
    update execution_waits set status = 'timed_out', updated_at = now()
    where id = ${id}::uuid and workspace_id = ${workspaceId}::uuid and status = 'open'`);

export const findSettled = (db: Database, workspaceId: string, id: string) =>
  db.execute<SettledRow>(sql`
    select id, kind, status, answer, answered_by, answered_via, answered_at from execution_waits
    where id = ${id}::uuid and workspace_id = ${workspaceId}::uuid`);

/** Nobody waits for it any more. */
export const closeWait = (db: Database, workspaceId: string, id: string) =>
  db.execute(sql`
    update execution_waits set status = 'cancelled', updated_at = now()
    where id = ${id}::uuid and workspace_id = ${workspaceId}::uuid and status = 'open'`);

/** The same for all of executions that have ended. */
export const closeWaitsOf = (db: Database, executionIds: string[]) =>
  db.execute(sql`
    update execution_waits set status = 'cancelled', updated_at = now()
    where status = 'open' and execution_id in ${listOf(executionIds, 'uuid')}`);

/** Of what executions wait for: which has come. */
export async function findCome(db: Database, workspaceId: string, waitIds: string[], childIds: string[]) {
  const { rows } = await db.execute<{ id: string }>(sql`
    select w.id from execution_waits w where w.workspace_id = ${workspaceId}::uuid and w.status <> 'open'
      and w.id in ${listOf(waitIds, 'uuid')}
    union all
    select wanted.id from ${listOf(childIds, 'uuid')} as wanted (id)
    left join workflow_executions e on e.id = wanted.id and e.workspace_id = ${workspaceId}::uuid
    where e.id is null or not ${OPEN_EXECUTION}`);
  return rows.map(({ id }) => id);
}

export type ChildRow = {
  status: ExecutionStatus;
  workflow_id: string | null;
  output: string | null;
  output_object_key: string | null;
  error_message: string | null;
  error_details: JsonObject | null;
  cost_usd: string;
};

/** How an execution stands that is a part of another one. */
export async function findChild(db: Database, workspaceId: string, id: string): Promise<ChildRow | undefined> {
  const { rows } = await db.execute<ChildRow>(sql`
    select status, workflow_id, output_data::text as output, output_object_key, error_message, error_details,
      cost_usd::text as cost_usd
    from workflow_executions where id = ${id}::uuid and workspace_id = ${workspaceId}::uuid`);
  return rows[0];
}

/** Whether a workflow that belongs elsewhere names one that everybody may run. */
export async function mayBeNamed(
  db: Database,
  workspaceId: string,
  { by, workflowId }: { by: string; workflowId: string },
) {
  const { rows } = await db.execute<{ may: boolean }>(sql`
    select (p.workspace_id = ${workspaceId}::uuid or c.is_public) as may
    from workflows p, workflows c where p.id = ${by}::uuid and c.id = ${workflowId}::uuid`);
  return rows[0]?.may === true;
}
