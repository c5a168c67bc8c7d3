/** The report as a picture to be passed on: the sentence, the plots and the method, in the colours of the screen. */

import type { AdminWords } from "../words/admin";
import { amountOf, figure, isTold, promise, verdict } from "./said";
import type { Cell, Measure, Report, Row } from "./report";
import { scaleOf, type Scale } from "./scale";

const WIDTH = 1200;
const EDGE = 40;
const WHO = 220;
const SAID = 170;
const ROW = 52;
const SHARP = 2;

interface Column {
  measure: Measure;
  scale: Scale;
  x: number;
  width: number;
}

interface Look {
  size: number;
  weight?: number;
  colour?: string;
  within?: number;
  align?: CanvasTextAlign;
}

export interface Told {
  report: Report;
  headline: string;
  lead: string;
  asOf: string;
  title: (channel: string) => string;
  words: AdminWords;
  locale: string;
}

/** Drawn twice: once to learn how high it is, then at its size. */
export function picture(told: Told): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const height = new Drawing(canvas, told).draw();
  [canvas.width, canvas.height] = [WIDTH * SHARP, Math.ceil(height) * SHARP];
  new Drawing(canvas, told).draw();
  return canvas;
}

class Drawing {
  readonly #pen: CanvasRenderingContext2D;
  readonly #told: Told;
  readonly #style = getComputedStyle(document.documentElement);
  readonly #columns: readonly Column[];

  constructor(canvas: HTMLCanvasElement, told: Told) {
    const pen = canvas.getContext("2d");
    if (!pen) throw new Error("This browser draws no pictures.");
    this.#pen = pen;
    this.#told = told;
    pen.setTransform(SHARP, 0, 0, SHARP, 0, 0);
    pen.fillStyle = this.#colour("surface");
    pen.fillRect(0, 0, WIDTH, canvas.height);
    const { measures, channels } = told.report;
    const shown = measures.filter((one) => channels.some((row) => row.measures[one.name]?.says !== "absent"));
    const width = (WIDTH - 2 * EDGE - WHO) / Math.max(1, shown.length);
    this.#columns = shown.map((measure, place) => ({ measure, scale: scaleOf(measure, channels, width - SAID), x: EDGE + WHO + place * width, width: width - SAID }));
  }

  /** How high it became. */
  draw(): number {
    const { report, headline, lead, asOf, words } = this.#told;
    let y = this.#text(headline, EDGE, EDGE + 24, { size: 24, weight: 600, within: WIDTH - 2 * EDGE });
    y = this.#text(lead, EDGE, y + 8, { size: 14, colour: "text-2", within: WIDTH - 2 * EDGE }) + 12;
    y = this.#heads(y);
    for (const row of report.channels) y = this.#row(row, y);
    y = this.#text(asOf, EDGE, y + 28, { size: 12, colour: "text-3" }) + 8;
    y = this.#text(words.consistency.method, EDGE, y + 16, { size: 13, weight: 600 });
    for (const line of words.consistency.explained) y = this.#text(line, EDGE, y + 10, { size: 12, colour: "text-2", within: WIDTH - 2 * EDGE });
    return y + EDGE / 2;
  }

  #heads(y: number): number {
    const { words, locale } = this.#told;
    this.#text(words.consistency.channel, EDGE, y + 16, { size: 13 });
    for (const { measure, scale, x, width } of this.#columns) {
      this.#text(words.consistency.measures[measure.name] ?? measure.name, x, y + 16, { size: 13, weight: 600 });
      for (const tick of scale.ticks) this.#text(figure(measure, tick.value, words, locale), x + (tick.at * width) / 100, y + 34, { size: 11, colour: "text-3", align: tick.at > 0 ? "center" : "start" });
    }
    return y + 44;
  }

  #row(row: Row, y: number): number {
    const { words, locale, title } = this.#told;
    this.#line(y);
    this.#text(title(row.channel), EDGE, y + 24, { size: 13, weight: 500 });
    this.#text(`${row.tickets.toLocaleString(locale)} ${words.consistency.tickets}`, EDGE, y + 40, { size: 12, colour: "text-3" });
    for (const column of this.#columns) {
      const cell = row.measures[column.measure.name];
      if (cell && cell.says !== "absent") this.#cell(row, cell, column, y);
    }
    this.#line(y + ROW);
    return y + ROW;
  }

  #cell(row: Row, cell: Cell, { measure, scale, x, width }: Column, y: number): void {
    const { words, locale } = this.#told;
    const first = measure.name === "first";
    const missed = first && row.promise.says === "worse";
    this.#plot(cell, { scale, x, width, y, promised: first ? row.promise.promised : null, missed });
    const told = [first ? promise(row, words, locale) : "", isTold(measure, row, cell) ? verdict(measure, cell, words, locale) : ""].filter(Boolean);
    const top = told.length > 1 ? 18 : 24; // on the line of the channel's name, where there is room
    this.#text(amountOf(measure, cell, words, locale), x + width + 16, y + top, { size: 13, weight: 600 });
    const colour = missed || cell.says === "worse" ? "danger-text" : cell.says === "better" ? "accent-text" : "text-3";
    told.forEach((line, place) => this.#text(line, x + width + 16, y + top + 16 + 12 * place, { size: 11, colour }));
  }

  #plot(cell: Cell, at: { scale: Scale; x: number; width: number; y: number; promised: number | null; missed: boolean }): void {
    const place = (value: number): number => at.x + (at.scale.place(value) * at.width) / 100;
    const middle = at.y + ROW / 2;
    const side = cell.says === "worse" || at.missed ? "danger" : cell.says === "better" ? "accent" : "";
    this.#bar(cell.range, place, at.y + 1, ROW - 1, "surface-3");
    this.#bar(cell.interval, place, middle - 1.5, 3, side ? `${side}-line` : "line-control");
    if (at.promised !== null) this.#box(place(at.promised) - 1, middle - 8, 2, 16, "text-3");
    if (cell.amount === null) return;
    this.#pen.beginPath();
    this.#pen.arc(place(cell.amount), middle, 4, 0, 2 * Math.PI);
    this.#pen.fillStyle = this.#colour(side || "surface");
    this.#pen.strokeStyle = this.#colour(side || "text-2");
    this.#pen.lineWidth = 2;
    this.#pen.fill();
    this.#pen.stroke();
  }

  #bar([low, high]: Cell["range"], place: (value: number) => number, y: number, height: number, colour: string): void {
    if (low !== null && high !== null) this.#box(place(low), y, place(high) - place(low), height, colour);
  }

  #box(x: number, y: number, width: number, height: number, colour: string): void {
    this.#pen.fillStyle = this.#colour(colour);
    this.#pen.fillRect(x, y, width, height);
  }

  #line(y: number): void {
    this.#box(EDGE, y, WIDTH - 2 * EDGE, 1, "line");
  }

  /** Words in lines no longer than `within`; where the next thing may stand below them. */
  #text(words: string, x: number, y: number, { size, weight = 400, colour = "text", within = Infinity, align = "start" }: Look): number {
    this.#pen.font = `${weight} ${size}px ${this.#style.getPropertyValue("--font")}`;
    this.#pen.fillStyle = this.#colour(colour);
    this.#pen.textAlign = align;
    let line = "";
    let at = y;
    for (const part of words.match(/[\u2e80-\uffff]|[^\s\u2e80-\uffff]+\s*|\s+/g) ?? []) {
      if (line && this.#pen.measureText(line + part).width > within) {
        this.#pen.fillText(line, x, at);
        [line, at] = ["", at + size * 1.5];
      }
      line += part;
    }
    this.#pen.fillText(line, x, at);
    return at + size;
  }

  #colour(name: string): string {
    return this.#style.getPropertyValue(`--${name}`).trim();
  }
}
