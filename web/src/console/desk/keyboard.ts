/** From a key press to a command. */

import { COMMANDS, type Command } from "./commands";
import { isSingle, isWriting, pressed, Sequence } from "./keys";
import { prefs } from "./prefs.svelte";
import { ui } from "./ui.svelte";

const sequence = new Sequence();
const STARTS = new Set(COMMANDS.flatMap((command) => (command.keys?.includes(" ") ? [command.keys.split(" ")[0]] : [])));

export function listen(): () => void {
  addEventListener("keydown", hear);
  return () => removeEventListener("keydown", hear);
}

function hear(event: KeyboardEvent): void {
  if (event.isComposing || event.defaultPrevented) return;
  if (ui.dialog && !inOverlay(event) && isPlain(event)) return keep(event);
  const keys = pressed(event);
  const whole = sequence.with(keys, event.timeStamp);
  const writing = isWriting(event.target);
  const command = COMMANDS.find((one) => (one.keys === whole || one.also === whole) && works(one, writing, event));
  if (command) {
    event.preventDefault();
    command.run();
  } else if (!writing && prefs.singleKeys && STARTS.has(keys)) {
    sequence.start(keys, event.timeStamp);
  }
}

function works(command: Command, writing: boolean, event: KeyboardEvent): boolean {
  if (writing && !command.writing) return false;
  if (inOverlay(event) && command.name !== "palette") return false;
  if (ui.dialog && command.name !== "palette") return false;
  if (command.keys && isSingle(command.keys) && (!prefs.singleKeys || inControl(event))) return false;
  return command.when ? command.when() : true;
}

/** A dialog was asked for and is on its way: what is typed is meant for it, not for the list below. */
function keep(event: KeyboardEvent): void {
  event.preventDefault();
  if (ui.dialog === "palette") ui.ahead += event.key;
}

function isPlain(event: KeyboardEvent): boolean {
  return event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
}

/** A menu or a dialog hears its own letters: "e" in it must not solve what lies under it. */
function inOverlay(event: KeyboardEvent): boolean {
  return event.target instanceof Element && event.target.closest("dialog, .popup") !== null;
}

/** Keys that a control with focus needs itself. */
function inControl(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof Element)) return false;
  const takesArrows = target.closest("[role=listbox],[role=menu],[role=tablist],[role=feed]") !== null;
  return (event.key.startsWith("Arrow") && takesArrows) || (event.key === "Enter" && target.matches("button,a"));
}

