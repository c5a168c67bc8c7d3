/** Which questions are asked after these answers: as `crm_core/rules/forms.py` says it, which has the last word. */

import type { Question } from "./protocol";

export function asked(fields: readonly Question[], answers: Readonly<Record<string, string>>): Question[] {
  const found = new Map<string, Question>();
  for (const field of fields) {
    const on = field.only_if;
    if (!on || (found.has(on.field) && holds(on, answers[on.field] ?? ""))) found.set(field.key, field);
  }
  return [...found.values()];
}

function holds(on: NonNullable<Question["only_if"]>, answer: string): boolean {
  if (on.given === "one_of") return on.values.includes(answer);
  return (answer !== "") === (on.given === "answered");
}
