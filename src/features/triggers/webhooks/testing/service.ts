import { requireUser } from '../../../../core/actor.ts';
import { notFound } from '../../../../core/errors.ts';
import { MASK } from '../../../../core/masking.ts';
import type { Permission } from '../../../../core/permissions.ts';
import { MINUTE, SECOND } from '../../../../core/time.ts';
import { showsSecret, signMessage } from '../../../../core/webhook-schemes.ts';
import type { Ctx } from '../../../../context.ts';
import { refuseUnless } from '../../../../db/refusals.ts';
import { holdPermission } from '../../../workspaces/index.ts';
import { keepCall } from '../calls/note.ts';
import { pathOf } from '../present.ts';
import { exists, setTest, type WebhookRow } from '../queries.ts';
import { challengeOf, examineCall, type Finding } from '../receiving/examine.ts';
import type { Hook } from '../receiving/queries.ts';
import type { Call } from '../receiving/read-call.ts';
import { actForHook, requireHook, startHook } from '../receiving/receive.ts';
import { openSecrets } from '../secrets.ts';
import { requireWebhook } from '../service.ts';
import type { HookTest, TestSession, TestSessionRequest, WebhookSample, WebhookSampleResult } from './schemas.ts';

/** Opens the test address for a while. @throws {AppError} `not_found` */
export async function openTestSession(
  ctx: Ctx,
  id: string,
  { minutes, run }: TestSessionRequest,
): Promise<TestSession> {
  const until = new Date(Date.now() + minutes * MINUTE);
  // It tells the address, and may have the workflow run.
  const row = await setSession(ctx, id, 'workflows:execute', { until, run });
  return { path: `${pathOf(row)}/test`, runs: row.testRuns, expires_at: row.testUntil!.toISOString() };
}

/** @throws {AppError} `not_found` */
export const closeTestSession = (ctx: Ctx, id: string) =>
  setSession(ctx, id, 'workflows:write', { until: null, run: false });

async function setSession(
  ctx: Ctx,
  id: string,
  permission: Permission,
  { until, run }: { until: Date | null; run: boolean },
): Promise<WebhookRow> {
  const { workspaceId } = await requireWebhook(ctx, id);
  const [, , , [row]] = await ctx.db.batch([
    ...holdPermission(ctx, { workspaceId }, permission),
    refuseUnless(ctx.db, exists(workspaceId, id), 'not_found', { resource: 'webhook' }),
    setTest(ctx.db, workspaceId, id, until, run),
  ]);
  return row!;
}

/**
 * Looks at a call of the test address, tells what was found, and keeps that for the webhook's owner. It counts for
 * nothing: no id of a message is used up.
 * @throws {AppError} `not_found` while no session is open
 */
export async function receiveTest(ctx: Ctx, hookId: string, call: Call): Promise<HookTest> {
  const hook = await requireHook(ctx, hookId);
  if (hook.testUntil === null || hook.testUntil.getTime() <= call.receivedAt.getTime()) throw notFound('webhook');
  const finding = await examineCall(ctx, hook, call);
  const runs = hook.testRuns && finding.refusal === null && challengeOf(hook, finding.body) === null;
  const executionId = runs ? await runTest(await actForHook(ctx, hook), hook, finding) : null;
  const found = presentFinding(hook, call, finding, executionId);
  const { reason } = found;
  await keepCall(ctx, hook, call, finding, {
    outcome: 'test',
    executionId,
    detail: found,
    ...(reason !== null && { reason }),
  });
  return found;
}

/**
 * Signs a sample as a sender would, and looks at it as at a call of theirs.
 * @throws {AppError} `not_found`, and of a run as any start of the workflow
 */
export async function trySample(ctx: Ctx, id: string, { body, run }: WebhookSample): Promise<WebhookSampleResult> {
  const { hookId } = await requireWebhook(ctx, id);
  const hook = await requireHook(ctx, hookId);
  const method = hook.methods.includes('POST') ? 'POST' : hook.methods[0]!;
  const text = method === 'GET' ? '' : JSON.stringify(body === undefined ? { hello: 'world' } : body);
  const headers = new Headers({ 'content-type': 'application/json', ...(await signSample(ctx, hook, text)) });
  const call = {
    method,
    url: new URL(pathOf(hook), 'https://sample.invalid'),
    headers,
    bytes: Buffer.from(text),
    receivedAt: new Date(),
  };
  const finding = await examineCall(ctx, hook, call);
  // It runs for the caller, who has not granted what the webhook's owner has.
  const own = hook.actsFor === requireUser(ctx.actor).id ? hook : { ...hook, grantedVariables: [] };
  const executionId = run && finding.refusal === null ? await runTest(ctx, own, finding) : null;
  const shown = [...headers].map(([name, value]) => [name, name === 'content-type' ? value : hide(hook, value)]);
  return {
    ...presentFinding(hook, call, finding, executionId),
    request: { method, path: pathOf(hook), headers: Object.fromEntries(shown) as Record<string, string>, body: text },
  };
}

async function signSample(ctx: Ctx, hook: Hook, body: string): Promise<Record<string, string>> {
  const secrets = await openSecrets(ctx, hook);
  const message = { id: `sample_${crypto.randomUUID()}`, sentAt: new Date(), body };
  return secrets === null ? {} : signMessage(hook.signature, message, secrets.secret);
}

const hide = ({ signature }: Hook, value: string) => (showsSecret(signature) ? MASK : value);

/** The present version, whichever is published, under an id that nothing else has. */
async function runTest(theirs: Ctx, hook: Hook, { input }: Finding): Promise<string> {
  const start = { input: input!, version: hook.latestVersion, metadata: { test: true } };
  const { id } = await startHook(theirs, hook, start, crypto.randomUUID());
  return id;
}

function presentFinding(hook: Hook, call: Call, finding: Finding, executionId: string | null): HookTest {
  const { refusal, verdict } = finding;
  const sentAt = verdict?.sentAt ?? null;
  return {
    accepted: refusal === null,
    reason: refusal?.code ?? null,
    explanation: refusal === null ? null : explain(finding),
    authentic: verdict && verdict.fault === null,
    signature: {
      scheme: hook.signature.scheme,
      fault: verdict?.fault ?? null,
      by_former_secret: verdict?.byFormer ?? false,
      sent_at: sentAt === null ? null : new Date(sentAt).toISOString(),
      age_seconds: sentAt === null ? null : (call.receivedAt.getTime() - sentAt) / SECOND,
      window_seconds: hook.replayWindowSeconds,
    },
    delivery_id: finding.delivery.id,
    input: finding.input,
    would_start: {
      workflow_id: hook.workflowId,
      workflow_version: hook.workflowVersion,
      priority: hook.priority,
      timeout_seconds: hook.timeoutSeconds,
    },
    execution_id: executionId,
  };
}

const EXPLANATIONS = {
  signature_missing: 'There is no signature where the scheme has it, or a part of it is missing.',
  signature_invalid: 'The signature is another one: by another secret, or of other bytes than those of the body.',
  timestamp_invalid: 'The time that was signed is no number of seconds.',
  timestamp_stale: 'The signature is right, but its time is too far from now.',
} as const;

function explain({ refusal, verdict }: Finding): string {
  if (verdict?.fault) return EXPLANATIONS[verdict.fault];
  const { params, fields } = refusal!.options;
  return String(params?.reason ?? fields?.[0]?.msg ?? refusal!.code);
}
