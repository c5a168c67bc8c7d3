/** A one-time link: its secret leaves the address before anything else happens. */
export function oneTimeLink(): string | null {
  const link = new URLSearchParams(location.search).get("link");
  if (link) history.replaceState(null, "", location.pathname);
  return link;
}
