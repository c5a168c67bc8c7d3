/** How kinds of address are drawn. Schemes are of addresses (`tel:`, `mailto:`), not of channels. */

const ICONS: Record<string, string> = { tel: "phone", mailto: "mail", visitor: "globe", post: "mail-open" };

/** Whoever withholds their number is filed under the call itself: nobody is reached there, and nobody can read it. */
export function leadsSomewhere(one: { scheme: string }): boolean {
  return one.scheme !== "caller";
}

export function schemeIcon(scheme: string): string {
  return ICONS[scheme] ?? "user";
}
