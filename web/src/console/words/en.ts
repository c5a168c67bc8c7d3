/** Every word of the console, in English. `zh.ts` has the same keys, or it does not compile. */

import { acks } from "./en/acks";
import { answers } from "./en/answers";
import { checks } from "./en/checks";
import { desk } from "./en/desk";
import { feedback } from "./en/feedback";
import { guests } from "./en/guests";
import { house } from "./en/house";
import { live } from "./en/live";
import { people } from "./en/people";
import { privacy } from "./en/privacy";
import { promises } from "./en/promises";
import { replies } from "./en/replies";
import { search } from "./en/search";
import { suspected } from "./en/suspected";
import { talk } from "./en/talk";
import type { Widened } from "./widened";

export const en = { ...desk, ...talk, ...house, ...answers, ...people, ...privacy, ...promises, ...search, ...replies, ...guests, ...acks, ...suspected, ...checks, ...feedback, ...live };

export type Words = Widened<typeof en>;
