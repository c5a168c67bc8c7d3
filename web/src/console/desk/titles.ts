/** What a ticket is called: by what its citizen said, or by a name of ours where they said none. */

import { tongue } from "../words/words.svelte";
import { desk } from "./desk.svelte";

/** As `crm_core/rules/callers.py` names a call, in the caller's language. */
const CALL = { en: "Phone call", zh: "来电" };

interface Called {
  subject: string;
  channel: string;
  service?: string | null;
}

/**
 * Words of ours are in the reader's language: a call's, and the service's where a channel knows no
 * subjects and nothing was said (a photograph). What a citizen or a colleague wrote stays as it is.
 */
export function titleOf({ subject, channel, service }: Called): string {
  const can = desk.state.channels[channel]?.capabilities;
  const ours = can?.calls ? CALL : can?.subject ? undefined : desk.state.services[service ?? ""]?.name;
  return ours && Object.values(ours).includes(subject) ? tongue.pick(ours) : subject;
}
