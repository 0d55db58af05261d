import type { Deadlines } from '../../../core/llm-route.ts';

/** Why a provider was given up. */
export type Stall = {
  detail: string;
  /** Whether it was silent for longer than the deployment allows, and not just longer than the caller wanted. */
  isAtFault: boolean;
};

/**
 * Watches that an answer goes on: that anything comes within the deployment's limit, a first token in the time that the
 * caller allows for it, and each further one in the time between two. One timer looks again when the next limit would
 * be reached, so that a token costs no more than noting the time.
 */
export class StallWatch {
  readonly #limitMs: number;
  readonly #deadlines: Deadlines;
  readonly #onStall: (stall: Stall) => void;
  readonly #startedAt = Date.now();
  #progressAt = this.#startedAt;
  #tokenAt: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(limitMs: number, deadlines: Deadlines, onStall: (stall: Stall) => void) {
    this.#limitMs = limitMs;
    this.#deadlines = deadlines;
    this.#onStall = onStall;
    this.#look();
  }

  /** Something came; a token, if there was one to be seen in it. */
  note(isToken: boolean): void {
    this.#progressAt = Date.now();
    if (!isToken) return;
    const isFirst = this.#tokenAt === null;
    this.#tokenAt = this.#progressAt;
    // The limit that holds from now on may be the shorter one.
    if (isFirst) this.#look();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    clearTimeout(this.#timer);
    const now = Date.now();
    const { until, stall } = this.#limits().reduce((first, other) => (other.until < first.until ? other : first));
    if (now >= until) this.#onStall(stall);
    else this.#timer = setTimeout(() => this.#look(), until - now);
  }

  #limits(): { until: number; stall: Stall }[] {
    const { first_token_ms: first, between_tokens_ms: between } = this.#deadlines;
    const silence = { detail: 'the provider went silent', isAtFault: true };
    const limits = [{ until: this.#progressAt + this.#limitMs, stall: silence }];
    const own = this.#tokenAt === null ? first : between;
    if (own === undefined) return limits;
    const detail = `no ${this.#tokenAt === null ? 'first' : 'further'} token within ${own} ms`;
    return [...limits, { until: (this.#tokenAt ?? this.#startedAt) + own, stall: { detail, isAtFault: false } }];
  }
}
