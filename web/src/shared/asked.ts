/** Which questions are asked after these answers: as `crm_core/rules/forms.py` says it, which has the last word. */

interface Hanging {
  key: string;
  only_if: { field: string; given: string; values: readonly string[] } | null;
}

export function asked<Q extends Hanging>(fields: readonly Q[], answers: Readonly<Record<string, string>>): Q[] {
  const found = new Map<string, Q>();
  for (const field of fields) {
    const on = field.only_if;
    if (!on || (found.has(on.field) && holds(on, answers[on.field] ?? ""))) found.set(field.key, field);
  }
  return [...found.values()];
}

function holds(on: NonNullable<Hanging["only_if"]>, answer: string): boolean {
  if (on.given === "one_of") return on.values.includes(answer);
  return (answer !== "") === (on.given === "answered");
}
