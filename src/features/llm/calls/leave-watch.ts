import { SECOND } from '../../../core/time.ts';

/** For what has come to be read, when the limit is over. */
const READ_OUT_MS = 20;

/** The longest that a call goes on after it has been left. */
const LIMIT_MS = 2 * SECOND - READ_OUT_MS;

/** How long nothing follows a piece where there is a pause. */
const PAUSE_MS = 2;

/** A timer that comes later than this was held up, and so was what the network brought. */
const LATE_MS = 10;

/**
 * Cuts a call that nobody reads any more, where what the provider has sent is what has been read: in the pause after a
 * piece, seen by a thread that keeps up; or, where there is none, once the limit is over.
 */
export class LeaveWatch {
  readonly #onCut: () => void;
  #isLeft = false;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #limit: ReturnType<typeof setTimeout> | undefined;

  constructor(onCut: () => void) {
    this.#onCut = onCut;
  }

  get isLeft(): boolean {
    return this.#isLeft;
  }

  /** Nobody reads any more. */
  leave(): void {
    this.stay();
    this.#isLeft = true;
    const readOut = () => (this.#limit = setTimeout(() => this.#cut(), READ_OUT_MS));
    this.#limit = setTimeout(readOut, LIMIT_MS);
  }

  /** Somebody reads again, before the cut. */
  stay(): void {
    this.#isLeft = false;
    this.rest();
    clearTimeout(this.#limit);
  }

  /** A piece came, which others follow. */
  note(): void {
    this.rest();
    if (this.#isLeft) this.#awaitPause();
  }

  /** No pause is one until the next piece. */
  rest(): void {
    clearTimeout(this.#pause);
  }

  #awaitPause(): void {
    const until = Date.now() + PAUSE_MS;
    this.#pause = setTimeout(() => {
      // Timers come before what the network brings: who is late reads first what is there.
      if (Date.now() > until + LATE_MS) this.#awaitPause();
      else this.#cut();
    }, PAUSE_MS);
  }

  #cut(): void {
    this.rest();
    clearTimeout(this.#limit);
    this.#onCut();
  }
}
