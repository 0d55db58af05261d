import { z } from 'zod';
import type { Env } from '../../env.ts';

export type Mail = { id: string; to: string; subject: string; text: string; html: string };

export type Mailer = {
  /** Hands a mail to the provider; the same id twice is sent once. @throws {MailError} */
  send(mail: Mail): Promise<void>;
};

/** The provider did not take the mail. `permanent` when it never will. */
export class MailError extends Error {
  override readonly name = 'MailError';
  readonly permanent: boolean;

  constructor(message: string, permanent: boolean) {
    super(message);
    this.permanent = permanent;
  }
}

const SEND_LIMIT_MS = 10_000;

const ProviderError = z.object({ message: z.string().max(500) });

/** Sends over HTTP in the form of Resend's API, which other providers speak too. */
export function createMailer(env: Pick<Env, 'MAIL_API_URL' | 'MAIL_API_KEY' | 'MAIL_FROM'>): Mailer {
  return {
    async send(mail) {
      if (!env.MAIL_API_KEY) throw new MailError('MAIL_API_KEY is not set', false);
      const response = await fetch(env.MAIL_API_URL, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${env.MAIL_API_KEY}`,
          'Content-Type': 'application/json',
          'Idempotency-Key': mail.id,
        },
        body: JSON.stringify({
          from: env.MAIL_FROM,
          to: [mail.to],
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
        }),
        signal: AbortSignal.timeout(SEND_LIMIT_MS),
      });
      if (response.ok) return void (await response.body?.cancel());
      const answer = ProviderError.safeParse(await response.json().catch(() => null));
      const reason = answer.success ? answer.data.message : response.statusText;
      // 4xx is about this mail, but for a wrong key, a conflict of the same mail in flight, and the rate limit.
      const passing = response.status >= 500 || [401, 403, 408, 409, 429].includes(response.status);
      throw new MailError(`${response.status} ${reason}`, !passing);
    },
  };
}
