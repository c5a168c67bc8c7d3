import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LONGEST_TURN, Turns } from "./turns";

/** Somebody who asks, and is answered when the test says so. */
function asking(turns: Turns) {
  const sent: string[] = [];
  const answer: Record<string, (failed?: Error) => void> = {};
  const ask = (of: string, what: string): Promise<string> =>
    turns.take(of, () => {
      sent.push(what);
      return new Promise((done, fail) => {
        answer[what] = (failed) => (failed ? fail(failed) : done(what));
      });
    });
  return { sent, answer, ask };
}

const later = (milliseconds = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);

describe("what is asked in turn", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("goes in the order of the keys, each when the one before is answered", async () => {
    const { sent, answer, ask } = asking(new Turns());
    const [mine, reply] = [ask("t1", "mine"), ask("t1", "reply")];
    await later(LONGEST_TURN - 1);
    expect(sent).toEqual(["mine"]);
    answer.mine?.();
    expect(await mine).toBe("mine");
    await later();
    expect(sent).toEqual(["mine", "reply"]);
    answer.reply?.();
    expect(await reply).toBe("reply");
  });

  it("waits for nothing that is asked of another ticket", () => {
    const { sent, ask } = asking(new Turns());
    void ask("t1", "one");
    void ask("t2", "two");
    expect(sent).toEqual(["one", "two"]);
  });

  it("goes on where the one before was refused, and tells only whoever asked", async () => {
    const { sent, answer, ask } = asking(new Turns());
    const refused = expect(ask("t1", "solve")).rejects.toThrow("stale");
    const next = ask("t1", "note");
    answer.solve?.(new Error("stale"));
    await refused;
    await later();
    expect(sent).toEqual(["solve", "note"]);
    answer.note?.();
    expect(await next).toBe("note");
  });

  it("waits five seconds at most for an answer that does not come", async () => {
    const turns = new Turns();
    const { sent, answer, ask } = asking(turns);
    const lost = ask("t1", "lost");
    void ask("t1", "next");
    await later(LONGEST_TURN);
    expect(sent).toEqual(["lost", "next"]);
    void ask("t1", "third");
    answer.lost?.();
    expect(await lost).toBe("lost");
    await later();
    expect(sent, "the third waits for the second, however late the first was").toEqual(["lost", "next"]);
    answer.next?.();
    await later();
    expect(sent).toEqual(["lost", "next", "third"]);
    answer.third?.();
    await later();
    expect(turns.open).toBe(0);
  });
});
