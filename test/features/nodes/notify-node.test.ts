import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { findNodeType } from '../../../src/features/nodes/index.ts';
import { addMember, createUser, createWorkspace, type User } from '../../helpers/actors.ts';
import { sql } from '../../helpers/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import { inboxOf } from '../../helpers/mail.ts';
import { ctxOf, outputOf } from '../../helpers/nodes.ts';
import { atAllowedHost, openRemote } from '../../helpers/remote.ts';

describe('a node that sends mail', () => {
  let owner: User;
  let member: User;
  let stranger: User;
  let workspaceId: string;
  beforeAll(async () => {
    [owner, member, stranger] = await Promise.all([createUser(), createUser(), createUser()]);
    workspaceId = await createWorkspace(owner);
    await addMember(workspaceId, member, 'viewer');
  });

  const notify = (config: Record<string, unknown>, input: unknown = {}, key?: string) =>
    outputOf('notify', config, input, { ctx: ctxOf(owner, workspaceId), ...(key !== undefined && { key }) });

  const mailsTo = async (user: User, subject: string) =>
    (await inboxOf(user.email)).filter((mail) => mail.subject === subject);

  test('does what its example says, to whoever started it', async () => {
    const { config, input, output } = findNodeType('email')!.example;
    expect(await notify(config, input)).toEqual(output);
    const [mail] = await eventually(async () => {
      const mails = await mailsTo(owner, 'Order 17');
      return mails.length > 0 && mails;
    });
    expect(mail!.text).toContain('It has come to 120.');
    expect(mail!.text).toContain(owner.username);
  });

  test('reaches members by each of their names, once for its key', async () => {
    const key = crypto.randomUUID();
    const to = [member.username.toUpperCase(), member.email, owner.id];
    const subject = `To two ${key}`;
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(await notify({ to, subject, message: '<b>{username}</b>\nsecond' }, {}, key)).toMatchObject({
        recipients: 2,
      });
    }
    const rows = await sql`select user_id from mail_outbox where parameters ->> 'subject' = ${subject}
      or id in (select id from mail_outbox where template = 'workflow_notice' and user_id = ${member.id})`;
    expect(rows.filter(({ user_id: id }) => id === member.id)).toHaveLength(1);
    const [mail] = await eventually(async () => {
      const mails = await mailsTo(member, subject);
      return mails.length > 0 && mails;
    });
    // What somebody writes is text, whatever it looks like.
    expect(mail!.text).toContain('<b>{username}</b>\n\nsecond');
    expect(mail!.html).toContain('&lt;b&gt;{username}&lt;/b&gt;');
  });

  test('reaches nobody else', async () => {
    for (const to of [stranger.email, 'somebody@example.test', stranger.id]) {
      await expect(notify({ to, message: 'x' })).rejects.toMatchObject({
        code: 'recipient_unknown',
        isRetryable: false,
      });
    }
    const rows = await sql`select id from mail_outbox where user_id = ${stranger.id} and template = 'workflow_notice'`;
    expect(rows).toEqual([]);
    const many = Array.from({ length: 21 }, (_, n) => `a${n}`).join(',');
    await expect(notify({ to: many, message: 'x' })).rejects.toMatchObject({ code: 'invalid_config' });
  });

  test('floods nobody', async () => {
    const flooded = await createUser();
    await addMember(workspaceId, flooded, 'viewer');
    await sql`insert into mail_outbox (user_id, recipient, template, locale, parameters, status)
      select ${flooded.id}, ${flooded.email}, 'workflow_notice', 'en', '{}', 'sent' from generate_series(1, 30)`;
    await expect(notify({ to: flooded.username, message: 'x' })).rejects.toMatchObject({
      code: 'mail_throttled',
      isRetryable: true,
      waitReason: 'node_rate',
    });
  });

  test('needs something to say', async () => {
    await expect(notify({ to: owner.email })).rejects.toMatchObject({ code: 'invalid_config' });
  });
});

describe('a node that calls a webhook', () => {
  test('signs what it sends, under the same id at every attempt', async () => {
    const remote = openRemote();
    const url = atAllowedHost(remote.url('hook', { codes: '500,200' }));
    const secret = `whsec_${Buffer.from('a secret of thirty-two characters').toString('base64')}`;
    const config = { channel: 'webhook', url, secret, payload: { order: '{{input.id}}' } };
    await expect(outputOf('notify', config, { id: 17 }, { key: 'k-1' })).rejects.toMatchObject({ isRetryable: true });
    expect(await outputOf('notify', config, { id: 17 }, { key: 'k-1' })).toEqual({ channel: 'webhook', status: 200 });
    const received = await remote.received();
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual(['k-1', 'k-1']);
    const [{ body, headers }] = received as [(typeof received)[0]];
    expect(new Webhook(secret).verify(body, headers)).toEqual({ order: 17 });
  });

  test('goes nowhere that is private', async () => {
    const url = `http://${env.REMOTE_SERVER}/x/hook`;
    await expect(outputOf('notify', { url, message: 'x' })).rejects.toMatchObject({ code: 'address_not_allowed' });
  });
});
