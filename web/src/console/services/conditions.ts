/** Questions that hang on an earlier answer: what an edit would break, what it carries along, and how they read. */

import { conditions as en } from "../words/en/conditions";
import { conditions as zh } from "../words/zh/conditions";
import type { Condition, Question, Texts } from "./shelf.svelte";

/** The words for a form in a language: a preview speaks that of the form, not that of the screen. */
export const said = (language: string): typeof en.conditions => (language === "zh" ? zh : en).conditions;

/** An option as conditions name it: in English, or in what there is. */
export const optionName = (choice: Texts): string => choice["en"] || (Object.values(choice).find(Boolean) ?? "");

/** The answers that a question offers, by name. */
export function optionsOf(question: Question): string[] {
  if (question.kind === "yes") return ["yes", "no"];
  return question.kind === "choice" ? question.choices.map(optionName).filter(Boolean) : [];
}

/** What a question can hang on. */
export const earlier = (fields: readonly Question[], question: Question): Question[] =>
  fields.slice(0, fields.findIndex((one) => one.key === question.key)).filter((one) => one.page <= question.page);

/** The condition that is written first, when somebody picks a question to hang on. */
export function fresh(on: Question): Condition {
  const [first] = optionsOf(on);
  return first ? { field: on.key, given: "one_of", values: [first] } : { field: on.key, given: "answered", values: [] };
}

/** The questions whose condition nothing could meet any more. */
export function broken(fields: readonly Question[]): Question[] {
  return fields.filter((question) => {
    const { only_if: on } = question;
    if (!on) return false;
    const before = earlier(fields, question).find((one) => one.key === on.field);
    if (!before) return true;
    return on.given === "one_of" && (!on.values.length || on.values.some((one) => !optionsOf(before).includes(one)));
  });
}

/** The form after the options of a question were written anew: conditions follow an option to its new name. */
export function rewritten(fields: readonly Question[], key: string, choices: Texts[]): Question[] {
  const old = fields.find((one) => one.key === key)?.choices.map(optionName) ?? [];
  const names = choices.map(optionName);
  const follow = (value: string): string => {
    const next = names[old.indexOf(value)];
    return old.length === names.length && !names.includes(value) && next && !old.includes(next) ? next : value;
  };
  return fields.map((one) => {
    if (one.key === key) return { ...one, choices };
    return one.only_if?.field === key ? { ...one, only_if: { ...one.only_if, values: one.only_if.values.map(follow) } } : one;
  });
}

/** The form with a question one place further, over to the next page at its end; null where it ends. */
export function moved(fields: readonly Question[], key: string, by: 1 | -1, last: number): Question[] | null {
  const order = Array.from({ length: last }, (_, at) => fields.filter((one) => one.page === at + 1)).flat();
  const at = order.findIndex((one) => one.key === key);
  const [question] = order.splice(at, 1);
  if (!question) return null;
  const beside = order[by > 0 ? at : at - 1];
  if (beside?.page === question.page) return order.toSpliced(at + by, 0, question);
  const page = question.page + by;
  return page < 1 || page > last ? null : order.toSpliced(at, 0, { ...question, page });
}

/** A text of a form in a language, else in any. */
const textOf = (texts: Texts, language: string): string => texts[language] || optionName(texts);

/** The earlier question and how it was answered, in words: `Is it a renewal?` and `is Yes`. */
export function inWords(on: Condition, fields: readonly Question[], language: string): { question: string; how: string; answers: string } {
  const words = said(language);
  const before = fields.find((one) => one.key === on.field);
  const name = (value: string): string => {
    if (before?.kind === "yes") return value === "yes" ? words.yes : words.no;
    return textOf(before?.choices.find((one) => optionName(one) === value) ?? { en: value }, language);
  };
  const quoted = language === "zh" ? words.quoted : (one: string): string => one;
  const answers = on.values.map((value) => quoted(name(value))).join(words.or);
  const how = on.given === "one_of" ? words.is(answers) : words.given[on.given];
  return { question: before ? textOf(before.label, language) || before.key : on.field, how, answers };
}

/** `Asked only if “Is it a renewal?” is Yes.` */
export function sentence(on: Condition, fields: readonly Question[], language: string): string {
  const { question, how } = inWords(on, fields, language);
  return said(language).sentence(question, how);
}
