import { randomBytes } from 'node:crypto';
import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { resealIntegrations } from '../../../src/features/integrations/index.ts';
import { createUser, type User } from '../../helpers/actors.ts';
import { api } from '../../helpers/api.ts';
import { createTestSystemCtx } from '../../helpers/context.ts';
import { sql, tablesWith } from '../../helpers/database.ts';
import { apiWith } from '../../helpers/environment.ts';
import {
  addIntegration,
  attempt,
  integrationAt,
  integrationsOf,
  openReceiver,
  queueEvent,
} from '../../helpers/integrations.ts';
import { captureLogs } from '../../helpers/logs.ts';
import { atAllowedHost, openRemote } from '../../helpers/remote.ts';

const EVENTS = ['workspace.*'];

let user: User;
beforeEach(async () => {
  user = await createUser();
});
afterEach(() => void vi.restoreAllMocks());

describe('a secret', () => {
  test('is in no answer, no table, no log and no audit entry', async () => {
    const logs = captureLogs();
    const answers: string[] = [];
    const note = <T extends { body: unknown }>(answer: T): T => {
      answers.push(JSON.stringify(answer.body));
      return answer;
    };
    const header = `invented-header-${crypto.randomUUID()}`;
    const slackPath = `invented-slack-${crypto.randomUUID()}`;
    const signing = `whsec_${randomBytes(32).toString('base64')}`;
    const echo = atAllowedHost(openRemote().url('echo'));
    const [webhook, slack, http] = await Promise.all([
      addIntegration(user, 'webhook', { url: openReceiver().hook, events: EVENTS, secret: signing }),
      addIntegration(user, 'slack', {
        webhook_url: `${openReceiver({ codes: '500' }).hook}&x=${slackPath}`,
        events: EVENTS,
      }),
      addIntegration(user, 'http', { url: echo, events: EVENTS, headers: { 'X-Key': header } }),
    ]);
    expect(webhook.signing_secret).toBe(signing);
    for (const { id } of [webhook, slack, http]) {
      note(await user.get(integrationAt(id)));
      note(await user.patch(integrationAt(id), { config: { events: ['project.*', 'workspace.*'] } }));
      note(await user.post(integrationAt(id, '/test')));
      const delivery = await queueEvent(user, id);
      await attempt(delivery);
      note(await user.get(integrationAt(id, `/deliveries/${delivery}`)));
      note(await user.get(integrationAt(id, '/deliveries')));
    }
    note(await user.post(integrationAt(webhook.id, '/rotate-secret')));
    note(await user.get(integrationsOf(user.workspaceId)));
    note(await user.get(`/api/v1/workspaces/${user.workspaceId}/activities`));
    note(
      await user.post(integrationsOf(user.workspaceId), {
        integration_type: 'http',
        config: { headers: { 'X-Key': header } },
      }),
    );
    expect(answers).toHaveLength(19);
    for (const secret of [header, slackPath, signing, signing.slice(6, 30)]) {
      expect(answers.join('\n')).not.toContain(secret);
      expect(logs.text()).not.toContain(secret);
      expect(await tablesWith(secret)).toEqual([]);
    }
    // That the search finds what is there.
    expect(await tablesWith(http.id)).toContain('public.workspace_integrations');
  });

  test('that the other side repeats is not shown: neither is the rest of what it said', async () => {
    const echo = atAllowedHost(openRemote().url('echo'));
    const headers = { Authorization: 'Bearer invented-echoed-0001' };
    const { id } = await addIntegration(user, 'http', { url: echo, events: EVENTS, headers });
    const { body } = await user.post(integrationAt(id, '/test'));
    expect(body).toMatchObject({ success: true, status_code: 200, response_excerpt: null });
  });

  test('that was copied to another integration does not open there', async () => {
    const other = await createUser();
    const mine = await addIntegration(user, 'http', {
      url: openReceiver().hook,
      events: EVENTS,
      headers: { 'X-Key': 'mine' },
    });
    const receiver = openReceiver();
    const theirs = await addIntegration(other, 'http', { url: receiver.hook, events: EVENTS });
    await sql`update workspace_integrations set sealed_secrets =
      (select sealed_secrets from workspace_integrations where id = ${mine.id}) where id = ${theirs.id}`;
    expect((await other.post(integrationAt(theirs.id, '/test'))).body).toMatchObject({ error: 'secret_unreadable' });
    expect(await receiver.received()).toEqual([]);
  });
});

describe('a rotation of a signing secret', () => {
  test('shows the new one once; for a day the former one signs as well', async () => {
    const receiver = openReceiver();
    const made = await addIntegration(user, 'webhook', { url: receiver.hook, events: EVENTS });
    const { status, body } = await user.post(integrationAt(made.id, '/rotate-secret'));
    expect(status).toBe(200);
    expect(body.signing_secret).not.toBe(made.signing_secret);
    expect(body).toMatchObject({ version: 2, config: { secret: `whsec_****${body.signing_secret.slice(-4)}` } });

    await user.post(integrationAt(made.id, '/test'));
    const [both] = await receiver.received();
    expect(both!.headers['webhook-signature']).toMatch(/^v1,[\w+/]{43}= v1,[\w+/]{43}=$/);
    for (const secret of [made.signing_secret, body.signing_secret]) {
      new Webhook(secret).verify(both!.body, both!.headers);
    }

    vi.setSystemTime(Date.now() + 25 * 60 * 60 * 1000);
    try {
      // By password: the session has ended long ago.
      await api.as({ email: user.email, password: user.password }).post(integrationAt(made.id, '/test'));
      const later = (await receiver.received())[1]!;
      new Webhook(body.signing_secret).verify(later.body, later.headers);
      expect(() => new Webhook(made.signing_secret).verify(later.body, later.headers)).toThrow('No matching signature');
    } finally {
      vi.useRealTimers();
    }
  });

  test('may be to one of one’s own, and is nothing for other types', async () => {
    const secret = `whsec_${randomBytes(24).toString('base64')}`;
    const { id } = await addIntegration(user, 'webhook', { url: openReceiver().hook, events: EVENTS });
    expect((await user.post(integrationAt(id, '/rotate-secret'), { secret })).body.signing_secret).toBe(secret);
    const audited = await sql`select details from audit_entries
      where resource_id = ${id} and action = 'integration.secret_rotated'`;
    expect(audited).toEqual([{ details: { fields: ['config.secret'] } }]);
    const slack = await addIntegration(user, 'slack', { webhook_url: openReceiver().hook, events: EVENTS });
    expect(await user.post(integrationAt(slack.id, '/rotate-secret'))).toMatchObject({ status: 422 });
  });

  test('at the same time loses none: all of them sign', async () => {
    const receiver = openReceiver();
    const made = await addIntegration(user, 'webhook', { url: receiver.hook, events: EVENTS });
    const rotated = await Promise.all([1, 2, 3].map(() => user.post(integrationAt(made.id, '/rotate-secret'))));
    expect(rotated.map(({ status }) => status)).toEqual([200, 200, 200]);
    await user.post(integrationAt(made.id, '/test'));
    const [request] = await receiver.received();
    for (const secret of [made.signing_secret, ...rotated.map(({ body }) => body.signing_secret)]) {
      new Webhook(secret).verify(request!.body, request!.headers);
    }
  });
});

describe('a rotation of the platform’s key', () => {
  test('re-seals secrets, which stay what they were', async () => {
    const oldId = `old-${crypto.randomUUID().slice(0, 8)}`;
    const old = `${oldId}:${randomBytes(32).toString('base64')}`;
    const before = apiWith({ ENCRYPTION_KEYS: old }).as(user);
    const receiver = openReceiver();
    const config = { url: receiver.hook, events: EVENTS, headers: { 'X-Key': 'invented-resealed-1' } };
    const { body: made } = await before.post(integrationsOf(user.workspaceId), { integration_type: 'http', config });
    const sealedBy = async () =>
      (
        await sql`select split_part(sealed_secrets, '.', 1) as key, version, updated_at from workspace_integrations
        where id = ${made.id}`
      )[0]!;
    const first = await sealedBy();
    expect(first.key).toBe(oldId);
    expect((await user.post(integrationAt(made.id, '/test'))).body.error).toBe('secret_unreadable');

    const rotated = { ...env, ENCRYPTION_KEYS: `${env.ENCRYPTION_KEYS},${old}` };
    await resealIntegrations(createTestSystemCtx(rotated));
    expect(await sealedBy()).toEqual({ ...first, key: env.ENCRYPTION_KEYS.split(':')[0] });
    expect((await user.post(integrationAt(made.id, '/test'))).body.success).toBe(true);
    expect((await receiver.received())[0]!.headers['x-key']).toBe('invented-resealed-1');
    expect((await user.get(integrationAt(made.id))).body.config).toEqual(made.config);
  });
});
