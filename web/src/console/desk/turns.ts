/** Things that are asked one after the other: of each key the next goes when the one before is over, or has taken too long. */

/** So many milliseconds what was asked before may go unanswered; then the next goes all the same. */
export const LONGEST_TURN = 5000;

export class Turns {
  /** When the last that was asked under a key is over. */
  readonly #last = new Map<string, Promise<void>>();

  /** What this brings, once its turn has come; that the one before failed is its own affair. */
  take<T>(of: string, ask: () => Promise<T>): Promise<T> {
    const before = this.#last.get(of);
    const asked = before ? Promise.race([before, pause(LONGEST_TURN)]).then(ask) : ask();
    const over: Promise<void> = asked.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(of, over);
    void over.then(() => this.#last.get(of) === over && this.#last.delete(of));
    return asked;
  }

  /** Under how many keys something is still asked. */
  get open(): number {
    return this.#last.size;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
