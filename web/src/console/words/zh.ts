/** 界面上的每一个词，简体中文。键与 `en.ts` 相同，否则无法编译。 */

import type { Words } from "./en";
import { acks } from "./zh/acks";
import { answers } from "./zh/answers";
import { checks } from "./zh/checks";
import { desk } from "./zh/desk";
import { feedback } from "./zh/feedback";
import { guests } from "./zh/guests";
import { house } from "./zh/house";
import { live } from "./zh/live";
import { people } from "./zh/people";
import { privacy } from "./zh/privacy";
import { promises } from "./zh/promises";
import { replies } from "./zh/replies";
import { search } from "./zh/search";
import { suspected } from "./zh/suspected";
import { talk } from "./zh/talk";

export const zh: Words = { ...desk, ...talk, ...house, ...answers, ...people, ...privacy, ...promises, ...search, ...replies, ...guests, ...acks, ...suspected, ...checks, ...feedback, ...live };
