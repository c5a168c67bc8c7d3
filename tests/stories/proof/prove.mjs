// What the built reducer makes of recorded cases, as JSON on stdout.
// Usage: node prove.mjs REDUCER CASES [unproved]
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { read, replay, unproved } from "./judge.mjs";

const [path, cases, question] = process.argv.slice(2);
const reducer = await import(pathToFileURL(path));
const recording = read(JSON.parse(readFileSync(cases, "utf8")));
console.log(JSON.stringify(question ? unproved(reducer, recording) : replay(reducer, recording)));
