import { expect, it, vi } from "vitest";

const channels = { phone: { capabilities: { calls: true } }, text: { capabilities: {} }, mail: { capabilities: { subject: true } } };
const services = { bins: { name: { en: "Bins", zh: "垃圾" } } };
vi.mock("./desk.svelte", () => ({ desk: { state: { channels, services } } }));
vi.mock("../words/words.svelte", () => ({ tongue: { pick: (texts: Record<string, string>) => texts.zh } }));
const { titleOf } = await import("./titles");

it.each([
  ["a call", { subject: "Phone call", channel: "phone" }, "来电"],
  ["a picture that nothing was said to", { subject: "Bins", channel: "text", service: "bins" }, "垃圾"],
])("is said in the reader's language where it is a name of ours: %s", (_, row, title) => {
  expect(titleOf(row)).toBe(title);
});

it.each([
  ["a mail about calls", { subject: "Phone call", channel: "mail", service: "bins" }],
  ["a mail with a service's name", { subject: "Bins", channel: "mail", service: "bins" }],
  ["a call that a colleague named", { subject: "Bins are full", channel: "phone", service: "bins" }],
  ["a channel that is gone", { subject: "Phone call", channel: "fax", service: "bins" }],
])("stays as it was written where somebody else said it: %s", (_, row) => {
  expect(titleOf(row)).toBe(row.subject);
});
