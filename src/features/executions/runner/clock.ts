import { SECOND } from '../../../core/time.ts';

/** What is due sooner is not left to an alarm alone, which is no more exact than that. */
const TIMED_MS = 10 * SECOND;

/**
 * One alarm for everything that waits. It outlives the object; a timer beside it is for what is due soon. To ask for a
 * later time than one that was asked for before costs nothing.
 */
export class Clock {
  readonly #storage: DurableObjectStorage;
  readonly #onDue: () => void;
  #alarmAt: number | null = null;
  #timerAt: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(storage: DurableObjectStorage, onDue: () => void) {
    this.#storage = storage;
    this.#onDue = onDue;
  }

  /** Sees to it that somebody comes by at that time, or before. */
  wakeAt(at: number): void {
    const now = Date.now();
    if (this.#alarmAt === null || at < this.#alarmAt) {
      this.#alarmAt = at;
      // Not awaited: what follows is said to nobody before it has reached the disk.
      void this.#storage.setAlarm(at);
    }
    if (at - now > TIMED_MS || (this.#timerAt !== null && at >= this.#timerAt)) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#ring(), Math.max(0, at - now));
  }

  /** The alarm has gone off: whoever still waits says so again. */
  rang(): void {
    this.#alarmAt = null;
  }

  #ring(): void {
    this.#timerAt = null;
    this.#onDue();
  }
}
