/** What somebody wrote, and what their program quoted under it. */

export interface Parted {
  words: string;
  quoted: string;
  lines: number;
}

const MARKED = /^\s*>/;
const INTRODUCED = [
  /^\s*(On|Am|Le|El) .{6,200}(wrote|schrieb|écrit|escribió)\s?:\s*$/,
  /^.{4,200}(写道|寫道)[:：]\s*$/,
  /^\s*-{2,}\s*(Original Message|原始邮件|Forwarded message)\s*-{2,}/i,
  /^\s*_{20,}\s*$/,
];

export function part(text: string): Parted {
  const lines = text.replace(/\s+$/, "").split("\n");
  const from = start(lines);
  const words = lines.slice(0, from).join("\n").replace(/\s+$/, "");
  const quoted = lines.slice(from).join("\n").trim();
  if (!words || !quoted) return { words: lines.join("\n"), quoted: "", lines: 0 };
  return { words, quoted, lines: quoted.split("\n").length };
}

/** Where the tail of quoted lines begins; text between quotes is an answer and stays. */
function start(lines: readonly string[]): number {
  const introduced = lines.findIndex((line) => INTRODUCED.some((shape) => shape.test(line)));
  const tail = tailOfQuotes(lines);
  if (introduced < 0) return tail;
  const allQuoted = lines.slice(introduced + 1).every((line) => MARKED.test(line) || !line.trim());
  const unmarked = !lines.slice(introduced + 1).some((line) => MARKED.test(line));
  return allQuoted || unmarked ? introduced : tail;
}

function tailOfQuotes(lines: readonly string[]): number {
  let at = lines.length;
  while (at > 0 && (MARKED.test(lines[at - 1] as string) || !(lines[at - 1] as string).trim())) at -= 1;
  return lines.slice(at).some((line) => MARKED.test(line)) ? at : lines.length;
}
