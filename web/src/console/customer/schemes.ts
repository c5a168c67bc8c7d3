/** How kinds of address are drawn. Schemes are of addresses (`tel:`, `mailto:`), not of channels. */

const ICONS: Record<string, string> = { tel: "phone", mailto: "mail", visitor: "globe", post: "mail-open" };

export function schemeIcon(scheme: string): string {
  return ICONS[scheme] ?? "user";
}
