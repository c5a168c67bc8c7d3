/** Where we are. A list (or another page, see `shell/pages.ts`) is the path; the open ticket rides on it as `?t=`. */

import { SvelteURL } from "svelte/reactivity";

const BASE = "/console";

export type Place =
  | { page: "list"; view: string; slug: string | null }
  | { page: "page"; path: string }
  | { page: "sign-in" };

class Router {
  readonly url = new SvelteURL(location.href);

  constructor() {
    addEventListener("popstate", () => {
      this.url.href = location.href;
    });
  }

  /** Below `/console`. */
  get path(): string {
    return this.url.pathname.slice(BASE.length);
  }

  get place(): Place {
    const [first = "", second = null] = this.path.split("/").filter(Boolean);
    if (first === "sign-in") return { page: "sign-in" };
    if (first === "queue") return { page: "list", view: "queue", slug: second && decodeURIComponent(second) };
    if (first === "view") return { page: "list", view: second ?? "inbox", slug: null };
    if (first === "admin" && !second) return { page: "page", path: "/admin/inboxes" };
    if (first && first !== "inbox" && first !== "t") return { page: "page", path: this.path };
    return { page: "list", view: "inbox", slug: null };
  }

  /** The number of the open ticket, from a deep link or beside a list. */
  get number(): string | null {
    const [first, second] = this.path.split("/").filter(Boolean);
    if (first === "t" && second) return decodeURIComponent(second);
    return this.url.searchParams.get("t");
  }

  /** To another list or page; the open ticket stays open. */
  go(path: string): void {
    const number = this.number;
    const list = path.startsWith("/inbox") || path.startsWith("/view/") || path.startsWith("/queue/");
    this.#set(`${BASE}${path}${number && list ? `?t=${number}` : ""}`, true);
  }

  /** A link inside the console was pressed: we go where it leads without loading anew, unless it is to open elsewhere. */
  readonly follow = (event: MouseEvent & { currentTarget: HTMLAnchorElement }): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    const { pathname, search } = event.currentTarget;
    this.go(pathname.slice(BASE.length) + search);
  };

  /** A ticket beside the list we are in; moving through a list leaves no trail of steps back. */
  open(number: string | null, { trail = false }: { trail?: boolean } = {}): void {
    const beside = this.place.page === "list" && !this.url.pathname.startsWith(`${BASE}/t/`);
    const path = beside ? this.url.pathname : `${BASE}/inbox`;
    this.#set(number ? `${path}?t=${number}` : path, trail);
  }

  /** Somewhere else without a way back: out of a sign-in, or of a link whose secret must not stay. */
  replace(path: string): void {
    this.#set(BASE + path, false);
  }

  #set(address: string, trail: boolean): void {
    if (trail) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    this.url.href = location.href;
  }
}

export const router = new Router();
