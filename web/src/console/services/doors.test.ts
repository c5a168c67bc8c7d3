import { expect, it } from "vitest";
import type { Channel } from "@shared/words";
import { doorOf, segments } from "./doors";

const plain = { text: true, html: false, files: false, subject: false, live: false, threads: false, starts: true, replies: true, length: null, icon: "", tone: 1, order: 1 };
const channel = (can: Partial<Channel["capabilities"]>): Channel => ({ name: "x", title: {}, capabilities: { ...plain, ...can } });

it("a door is known by what it can carry", () => {
  expect(doorOf(channel({ live: true, text: false }))).toBe("phone");
  expect(doorOf(channel({ live: true }))).toBe("talk");
  expect(doorOf(channel({ length: 1600 }))).toBe("text");
  expect(doorOf(channel({ replies: false, starts: false }))).toBe("portal");
  expect(doorOf(channel({}))).toBe(null);
});

it("a text in Chinese takes 70 signs a message, one in English 160", () => {
  expect(segments("What is your number plate?")).toEqual({ count: 1, used: 26, all: 160 });
  expect(segments("您的车牌号是什么？")).toEqual({ count: 1, used: 9, all: 70 });
  expect(segments("a".repeat(161)).count).toBe(2);
  expect(segments("字".repeat(71)).count).toBe(2);
});
