/**
 * A component whose prop is read after an `await` reads whatever stands there by then: another
 * ticket's, or nothing at all once it is gone. Whoever waits takes what it needs along before.
 */

import { parse } from "svelte/compiler";
import { describe, expect, it } from "vitest";

interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

const COMPONENTS = import.meta.glob<string>("../**/*.svelte", { query: "?raw", import: "default", eager: true });
const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}

function* under(node: Node): Generator<Node> {
  for (const [key, value] of Object.entries(node)) {
    if (key === "typeAnnotation" || key === "returnType") continue;
    for (const one of Array.isArray(value) ? value : [value]) {
      if (!isNode(one)) continue;
      yield one;
      yield* under(one);
    }
  }
}

/** The names under which a script has its props. */
function propsOf(script: Node): Set<string> {
  const names = new Set<string>();
  for (const node of under(script)) {
    const init = node.init as Node | null | undefined;
    const isProps = node.type === "VariableDeclarator" && init?.type === "CallExpression" && (init.callee as Node).name === "$props";
    if (!isProps || (node.id as Node).type !== "ObjectPattern") continue;
    for (const one of (node.id as Node).properties as Node[]) {
      const value = (one.value ?? one.argument) as Node;
      const name = String((value.type === "AssignmentPattern" ? (value.left as Node) : value).name);
      if (!/^on(?!e$|ce|ly)/.test(name)) names.add(name); // what is said to whoever holds it is said to whoever holds it then
    }
  }
  return names;
}

/** What names a variable, and not a member, a key or a prop of that name elsewhere. */
function readsOf(script: Node): Set<Node> {
  const all = [...under(script)];
  const apart = new Set<unknown>();
  for (const node of all) {
    if (node.type === "MemberExpression" && !node.computed) apart.add(node.property);
    if (node.type === "Property" && !node.computed && !node.shorthand) apart.add(node.key);
  }
  return new Set(all.filter((node) => node.type === "Identifier" && !apart.has(node)));
}

/** Props that are read after the first `await` of a function, as `name` of the prop and of the function's line. */
function lateProps(source: string): string[] {
  const instance = parse(source, { modern: true }).instance as unknown as { content: Node } | null;
  if (!instance) return [];
  const props = propsOf(instance.content);
  const reads = readsOf(instance.content);
  const late = [...under(instance.content)]
    .filter((node) => FUNCTIONS.has(node.type) && node.async === true)
    .flatMap((node) => {
      const body = [...under(node.body as Node)];
      const waits = body.filter((one) => one.type === "AwaitExpression");
      const first = Math.min(...waits.map((one) => one.end));
      const own = new Set((node.params as Node[]).flatMap((one) => [one, ...under(one)]).map((one) => String(one.name)));
      return body.filter((one) => reads.has(one) && one.start > first && props.has(String(one.name)) && !own.has(String(one.name)));
    });
  return late.map((one) => `${String(one.name)}, line ${source.slice(0, one.start).split("\n").length}`);
}

describe("a prop", () => {
  it("is not read after a wait", () => {
    const late = Object.entries(COMPONENTS).flatMap(([name, source]) => lateProps(source).map((one) => `${name}: ${one}`));
    expect(late).toEqual([]);
    expect(Object.keys(COMPONENTS).length).toBeGreaterThan(150);
  });

  it("that is read too late is found", () => {
    const source = `<script lang="ts">
      let { row, onsaved }: { row: { id: string }; onsaved: () => void } = $props();
      async function save() {
        await fetch(row.id);
        console.log(row.id);
        onsaved();
      }
    </script>`;
    expect(lateProps(source)).toEqual(["row, line 5"]);
  });
});
