import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startMailSink } from '../../local/mail-sink.ts';

const folder = mkdtempSync(join(tmpdir(), 'synapscale-test-mail-'));
afterAll(() => rmSync(folder, { recursive: true }));

const MAIL = {
  from: 'SynapScale <no-reply@synapscale.example>',
  to: ['ann@example.com'],
  subject: 'Hello',
  text: 'Hi',
};

function send(url: string, mail: object, headers: Record<string, string> = { Authorization: 'Bearer local' }) {
  return fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(mail),
  });
}

async function list(url: string, to = ''): Promise<{ subject: string; to: string[] }[]> {
  return ((await (await fetch(`${url}${to && `?to=${encodeURIComponent(to)}`}`)).json()) as { data: [] }).data;
}

describe('the mail sink', () => {
  it('keeps mails, newest first, by address, over a restart', async () => {
    const file = join(folder, 'kept.jsonl');
    let sink = await startMailSink({ file });
    await send(sink.url, MAIL);
    await send(sink.url, { ...MAIL, to: 'Bob <bob@example.com>', subject: 'For Bob' });
    expect((await list(sink.url)).map(({ subject }) => subject)).toEqual(['For Bob', 'Hello']);
    expect((await list(sink.url, 'BOB@example.com')).map(({ subject }) => subject)).toEqual(['For Bob']);
    expect(await list(sink.url, 'bob')).toEqual([]);
    await sink.close();

    sink = await startMailSink({ file });
    expect(await list(sink.url)).toHaveLength(2);
    await sink.close();
  });

  it('takes one idempotency key once', async () => {
    const sink = await startMailSink({ file: join(folder, 'once.jsonl') });
    const headers = { Authorization: 'Bearer local', 'Idempotency-Key': 'mail-1' };
    const ids = await Promise.all(
      [1, 2].map(async () => ((await (await send(sink.url, MAIL, headers)).json()) as any).id),
    );
    expect(ids[0]).toBe(ids[1]);
    expect(await list(sink.url)).toHaveLength(1);
    await sink.close();
  });

  it('refuses what the provider would refuse', async () => {
    const sink = await startMailSink({ file: join(folder, 'refused.jsonl') });
    expect((await send(sink.url, MAIL, {})).status).toBe(401);
    expect((await send(sink.url, { ...MAIL, to: undefined })).status).toBe(422);
    expect(await list(sink.url)).toEqual([]);
    await sink.close();
  });

  it('gets over a line that was cut off', async () => {
    const file = join(folder, 'cut.jsonl');
    let sink = await startMailSink({ file });
    await send(sink.url, MAIL);
    await sink.close();
    appendFileSync(file, '{"id": "half a li');

    sink = await startMailSink({ file });
    await send(sink.url, { ...MAIL, subject: 'After' });
    await sink.close();
    sink = await startMailSink({ file });
    expect((await list(sink.url)).map(({ subject }) => subject)).toEqual(['After', 'Hello']);
    await sink.close();
  });
});
