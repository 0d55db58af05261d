/**
 * A mailbox in place of the mail provider: `POST /emails` in the shape of Resend's API, so that the path of production
 * is the path here. `GET /emails?to=` lists what was sent, newest first.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listenOnLoopback, readJson, sendJson } from './loopback.ts';

const MAX_BODY_BYTES = 10 * 1024 * 1024;

interface Mail {
  id: string;
  idempotencyKey: string | undefined;
  sentAt: string;
  from: string;
  to: string[];
  subject: string;
  text?: string;
  html?: string;
}

export interface MailSink {
  /** Where mail is sent to and listed. */
  url: string;
  close(): Promise<void>;
}

/** Mails are JSON lines in the file, which a restart reads again. */
export async function startMailSink(options: { file: string; port?: number }): Promise<MailSink> {
  const mails = readMails(options.file);

  const loopback = await listenOnLoopback(async (request, response, url) => {
    if (url.pathname !== '/emails') return sendJson(response, 404, { message: 'nothing here' });
    if (request.method === 'POST') return await accept(request, response);
    const to = url.searchParams.get('to')?.toLowerCase();
    const found = mails.filter((mail) => to === undefined || mail.to.some((address) => isAddressedTo(address, to)));
    sendJson(response, 200, { data: found.toReversed() });
  }, options.port);

  async function accept(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refuse = (status: number, name: string, message: string) =>
      sendJson(response, status, { statusCode: status, name, message });
    if (!request.headers.authorization?.startsWith('Bearer ')) return refuse(401, 'missing_api_key', 'Missing API key');
    const body = (await readJson(request, MAX_BODY_BYTES).catch(() => undefined)) as Partial<Mail> | undefined;
    if (!body?.from || !body.to || !body.subject) {
      return refuse(422, 'missing_required_field', 'from, to and subject are required');
    }
    const idempotencyKey = request.headers['idempotency-key']?.toString();
    const earlier = mails.find((mail) => idempotencyKey !== undefined && mail.idempotencyKey === idempotencyKey);
    if (earlier) return sendJson(response, 200, { id: earlier.id });
    const { from, subject, text, html } = body;
    const to = [body.to].flat();
    const mail = { id: randomUUID(), idempotencyKey, sentAt: new Date().toISOString(), from, to, subject, text, html };
    appendFileSync(options.file, `${JSON.stringify(mail)}\n`, { mode: 0o600 });
    mails.push(mail);
    sendJson(response, 200, { id: mail.id });
  }

  return { url: `${loopback.url}/emails`, close: loopback.close };
}

function readMails(file: string): Mail[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  // A last line that `kill -9` cut off was never acknowledged; the next one must not be glued to it.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) writeFileSync(file, whole);
  return whole
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Mail);
}

/** Addresses come bare or as `Name <address>`. */
function isAddressedTo(recipient: string, address: string): boolean {
  return (recipient.match(/<([^>]*)>/)?.[1] ?? recipient).toLowerCase() === address;
}
