import { countTokens } from './stub-tokens.ts';

/** What a provider would charge for, and for how many calls. */
export interface Metered {
  calls: number;
  prompt_tokens: number;
  completion_tokens: number;
}

export const nothingMetered = (): Metered => ({ calls: 0, prompt_tokens: 0, completion_tokens: 0 });

/** Charges one call to several sums: its prompt once it is taken, and of the answer what has gone out. */
export class Meter {
  readonly #sums: Metered[];
  #promptTokens = 0;
  #sent = '';

  constructor(sums: Metered[]) {
    this.#sums = sums;
  }

  takePrompt(tokens: number): void {
    this.#promptTokens = tokens;
    this.#charge(1, tokens, 0);
  }

  /** A piece of the answer has been written to the connection. */
  addSent(text: string): void {
    this.#sent += text;
  }

  /** The answer is complete: what its usage says is what it costs. */
  complete(completionTokens: number): void {
    this.#charge(0, 0, completionTokens);
  }

  /** The answer broke off, through whose fault ever: the pieces that went out are charged. */
  async breakOff(): Promise<void> {
    this.#charge(0, 0, await countTokens(this.#sent));
  }

  /** An answer in one piece that did not go out whole is none. */
  takeBack(): void {
    this.#charge(-1, -this.#promptTokens, 0);
  }

  #charge(calls: number, promptTokens: number, completionTokens: number): void {
    for (const sum of this.#sums) {
      sum.calls += calls;
      sum.prompt_tokens += promptTokens;
      sum.completion_tokens += completionTokens;
    }
  }
}
