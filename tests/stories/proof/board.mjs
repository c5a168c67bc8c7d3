// What the browser's fold of the board makes of recorded cases, as JSON on stdout.
// Usage: node board.mjs BOARD CASES
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [path, cases] = process.argv.slice(2);
const { Board, stands } = await import(pathToFileURL(path));
const made = JSON.parse(readFileSync(cases, "utf8")).map(({ from, within, events }) => {
  const board = new Board({ ...from, works: stands(from) }, within);
  for (const event of events) board.hear(event);
  return board.shown();
});
console.log(JSON.stringify(made));
