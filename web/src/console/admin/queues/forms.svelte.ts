/** The forms of this page, one for each queue and one for the house: they outlive the page, and so does what is typed. */

import type { Aims } from "@shared/board";
import type { Id } from "@shared/words";
import { get, type FieldProblem } from "../../desk/api";
import { desk } from "../../desk/desk.svelte";
import { admin } from "../../words/admin";
import { Kept } from "./kept.svelte";
import { checkAims, checkProfile, profileOf, type Profile, type Wanted } from "./profile";

const said = (problem: FieldProblem): string => admin().queuesPage.problems[problem.code ?? ""] ?? problem.why;

class Forms {
  readonly aims = new Kept<Wanted>({ key: "form:aims", path: "/board/aims", check: (one) => checkAims(one, admin().queuesPage), said });
  failed = $state(false);
  readonly #profiles = new Map<Id, Kept<Profile>>();

  /** Keep up with what others change, until the page is left. */
  follow(): () => void {
    return desk.follow(["aims"], () => void this.load());
  }

  async load(): Promise<void> {
    try {
      const { version, ...aims } = await get<Aims>("/board/aims");
      this.aims.stands(aims, version);
      this.failed = false;
    } catch {
      this.failed = true;
    }
  }

  /** All queues as they are now. */
  stand(): void {
    for (const queue of Object.values(desk.state.queues)) {
      const profile = profileOf(queue);
      if (profile) this.of(queue.id).stands(profile, queue.version ?? 1);
    }
  }

  of(queue: Id): Kept<Profile> {
    let found = this.#profiles.get(queue);
    if (!found) {
      found = new Kept<Profile>({ key: `form:queue:${queue}`, path: `/queues/${queue}/profile`, check: (one) => checkProfile(one, admin().queuesPage), said });
      this.#profiles.set(queue, found);
    }
    return found;
  }
}

export const forms = new Forms();
