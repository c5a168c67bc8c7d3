import { expect, it, vi } from "vitest";
import { row } from "@shared/samples";

const channels = { voice: { capabilities: { calls: true } }, chat: { capabilities: { calls: false } } };
vi.mock("./desk.svelte", () => ({ desk: { state: { channels } } }));
const { isCalling } = await import("./spoken");

it("rings for whoever is there to be spoken to: not for a voicemail that is held out, nor for a chat", () => {
  expect(isCalling(row({ channel: "voice", live: true }))).toBe(true);
  expect(isCalling(row({ channel: "voice", live: false }))).toBe(false);
  expect(isCalling(row({ channel: "chat", live: true }))).toBe(false);
});
