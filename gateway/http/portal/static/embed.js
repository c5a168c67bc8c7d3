// One line in somebody's page: <script src="https://…/embed.js" data-service="resident-permit" async></script>
// puts the form of a service where the line stands, as high as it needs to be. No cookies, nothing of
// the page around it is read. Where the site is not named by an admin, a link to the form stays instead.
(() => {
  "use strict";
  const line = document.currentScript;
  if (!line) return;
  const home = new URL(line.src).origin;
  const service = line.dataset.service || "general";
  const address = new URL(`/e/${encodeURIComponent(service)}`, home);
  if (line.dataset.language) address.searchParams.set("lang", line.dataset.language);
  const link = document.createElement("a");
  link.href = new URL(`/s/${encodeURIComponent(service)}`, home).href;
  link.textContent = line.dataset.title || link.href;
  const frame = document.createElement("iframe");
  frame.src = address.href;
  frame.title = line.dataset.title || service;
  frame.style.cssText = "display:block;inline-size:100%;block-size:0;border:0;color-scheme:normal";
  frame.referrerPolicy = "no-referrer";
  line.after(frame, link);
  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== home) return;
    const height = Number(event.data?.onestop_height);
    if (!(height > 0 && height < 20000)) return;
    frame.style.blockSize = `${Math.ceil(height)}px`;
    link.remove();
    if (event.data.top) frame.scrollIntoView({ block: "nearest" });
  });
})();
