import { SECOND } from '../../core/time.ts';

/** What readers are told besides events: how things stand. It is kept nowhere, so nobody gets it twice. */
export type Notice = { type: string; [field: string]: unknown };

/** Longer messages of readers are not looked at. */
const MESSAGE_LENGTH = 1024;

/** What a reader's message says that it is; null for what is none. */
export function readMessageType(message: string | ArrayBuffer): string | null {
  if (typeof message !== 'string' || message.length > MESSAGE_LENGTH) return null;
  try {
    const type = (JSON.parse(message) as { type?: unknown } | null)?.type;
    return typeof type === 'string' ? type : null;
  } catch {
    return null;
  }
}

/** The frame of a notice. `type` and `event_type` say the same, since clients of both kinds exist. */
export const noticeFrame = ({ type, ...fields }: Notice): string =>
  JSON.stringify({ type, event_type: type, ...fields });

const KEEP_MS = SECOND;

/** More are not remembered. */
const ANSWERS_LIMIT = 1_000;

type Answer = { seq: number; until: number; notice: Promise<Notice | null> };

/** Answers of the last second, so that whoever asks over and over is given what is there. */
export class RecentAnswers {
  readonly #answers = new Map<string, Answer>();

  /** @param seq up to which event the answer has to be good */
  give(key: string, seq: number, find: () => Promise<Notice | null> | null): Promise<Notice | null> | null {
    const known = this.#answers.get(key);
    if (known && known.seq === seq && known.until > Date.now()) return known.notice;
    const notice = find();
    if (!notice) return null;
    if (this.#answers.size >= ANSWERS_LIMIT) this.#answers.clear();
    this.#answers.set(key, { seq, until: Date.now() + KEEP_MS, notice });
    return notice;
  }
}
