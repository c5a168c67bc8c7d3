import { describe, expect, it } from "vitest";
import { blank, registration, startedWith, type Question } from "./entry";

const question = (key: string, only_if: Question["only_if"] = null): Question => ({ key, kind: "text", label: {}, help: {}, required: true, choices: [], only_if });

describe("somebody new", () => {
  it.each([
    ["Wei Zhang", { who: { name: "Wei Zhang" } }],
    ["+1 555 0142", { who: { name: "" }, phone: "+1 555 0142" }],
    ["(555) 0142", { who: { name: "(555) 0142" } }],
    ["wei@example.org", { who: { name: "" }, email: "wei@example.org" }],
    ["7th Street", { who: { name: "7th Street" } }],
  ])("%s is typed once", (typed, made) => {
    expect(startedWith(typed)).toEqual(made);
  });
});

describe("what is sent", () => {
  it("says nothing of somebody known that was not changed", () => {
    const entry = { ...blank(""), who: { known: { id: "c1" } } as never, words: "Permit" };
    const sent = registration(entry, "i1", "s1", []);
    expect(sent).toMatchObject({ inbox: "i1", customer: "c1", text: "Permit" });
    expect(sent).not.toHaveProperty("service");
    expect(sent).not.toHaveProperty("person");
    expect(sent).not.toHaveProperty("fields");
  });

  it("leaves out answers to questions that are not asked any more", () => {
    const hangs = question("zone", { field: "kind", given: "one_of", values: ["resident"] });
    const entry = { ...blank(""), who: { name: "" }, answers: { kind: "visitor", zone: "C" } };
    expect(registration(entry, "i", "s1", [question("kind"), hangs])).toMatchObject({ person: {}, service: "s1", fields: { kind: "visitor" } });
  });
});
