import { describe, expect, it } from "vitest";
import { fromSnapshot } from "@shared/reducer";
import { bootstrap, event, row } from "@shared/samples";
import { newsOf, type News } from "./news";

const SCREEN = fromSnapshot({ bootstrap: bootstrap(), tickets: [row()] });

/** What an event of Maya's on a ticket of mine is to me. */
function news(type: string, facts: Record<string, unknown> = {}, more: object = {}): News | null {
  return newsOf({ ...event(type, row({ assignee: "me" }), facts), ...more }, SCREEN)?.news ?? null;
}

describe("news for whoever looks elsewhere", () => {
  it("is an offer, or being asked in, if it is mine", () => {
    expect(news("offer.made", { offer: { agent: "me" } })).toBe("offers");
    expect(news("offer.made", { offer: { agent: "maya" } })).toBeNull();
    expect(news("consult.asked", { consult: { asked: "me" } })).toBe("offers");
    expect(news("consult.asked", { consult: { asked: "maya" } })).toBeNull();
  });

  it("is a note that names me, not any note", () => {
    expect(news("note.added", { message: {}, mentions: ["me"] })).toBe("mentions");
    expect(news("note.added", { message: {}, mentions: ["maya"] })).toBeNull();
  });

  it("is an answer on a ticket of mine, and what is late and told to me", () => {
    expect(news("message.received")).toBe("replies");
    expect(newsOf(event("message.received", row({ assignee: null })), SCREEN)).toBeNull();
    expect(news("ticket.due", { told: ["me"] })).toBe("late");
    expect(news("ticket.due", { told: ["maya"] })).toBeNull();
  });

  it("is never what I did myself", () => {
    expect(news("note.added", { message: {}, mentions: ["me"] }, { actor: { kind: "agent", id: "me" } })).toBeNull();
  });
});
