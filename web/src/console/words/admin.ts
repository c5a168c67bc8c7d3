/** The words of pages that only some people open: they come with the pages, for the first view does without them. */

import { prefs } from "../desk/prefs.svelte";
import { acknowledging as acknowledgingEn } from "./en/acknowledging";
import { board as boardEn } from "./en/board";
import { catalogue as servicesEn } from "./en/catalogue";
import { conditions as conditionsEn } from "./en/conditions";
import { consistency as consistencyEn } from "./en/consistency";
import { inboxes as inboxesEn } from "./en/inboxes";
import { keeping as keepingEn } from "./en/keeping";
import { queues as queuesEn } from "./en/queues";
import { staffing as staffingEn } from "./en/staffing";
import type { Widened } from "./widened";
import { acknowledging as acknowledgingZh } from "./zh/acknowledging";
import { board as boardZh } from "./zh/board";
import { catalogue as servicesZh } from "./zh/catalogue";
import { conditions as conditionsZh } from "./zh/conditions";
import { consistency as consistencyZh } from "./zh/consistency";
import { inboxes as inboxesZh } from "./zh/inboxes";
import { keeping as keepingZh } from "./zh/keeping";
import { queues as queuesZh } from "./zh/queues";
import { staffing as staffingZh } from "./zh/staffing";

const en = { ...acknowledgingEn, ...boardEn, ...servicesEn, ...conditionsEn, ...inboxesEn, ...keepingEn, ...consistencyEn, ...queuesEn, ...staffingEn };
const zh: AdminWords = { ...acknowledgingZh, ...boardZh, ...servicesZh, ...conditionsZh, ...inboxesZh, ...keepingZh, ...consistencyZh, ...queuesZh, ...staffingZh };

export type AdminWords = Widened<typeof en>;

export const admin = (): AdminWords => (prefs.language === "zh" ? zh : en);
