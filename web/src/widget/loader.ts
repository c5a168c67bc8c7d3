/**
 * What a site loads with one line: a button, and nothing else until it is pressed. Then our
 * page in a frame. All of it stands in a shadow root, so that the site's styles and ours
 * leave each other alone, and what the frame says counts only from the frame.
 */

const WORDS = {
  en: { open: "Chat with us", close: "Close chat", unread: (n: number) => `Chat with us, ${n} new` },
  zh: { open: "在线聊天", close: "关闭聊天", unread: (n: number) => `在线聊天，${n} 条新消息` },
};

const STYLE = `
:host { all: initial; }
button, iframe { position: fixed; inset-inline-end: 24px; border: 0; padding: 0; z-index: 2147483000; }
button { inset-block-end: 24px; width: 56px; height: 56px; border-radius: 50%; background: #2350c8; color: #fff; cursor: pointer; display: grid; place-items: center; box-shadow: 0 6px 16px rgb(18 22 29 / .25); }
button:hover { background: #1b41a8; }
button:focus-visible { outline: 3px solid #fff; outline-offset: -6px; box-shadow: 0 0 0 3px #2350c8; }
svg { width: 24px; height: 24px; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
b { position: absolute; inset-block-start: -2px; inset-inline-end: -2px; min-width: 20px; height: 20px; border-radius: 10px; background: #c23a20; font: 600 12px/20px system-ui, sans-serif; }
b:empty, iframe[hidden] { display: none; }
iframe { inset-block-end: 96px; width: min(392px, calc(100vw - 48px)); height: min(720px, calc(100vh - 120px)); border-radius: 12px; box-shadow: 0 16px 40px rgb(18 22 29 / .22), 0 0 0 1px rgb(18 22 29 / .1); color-scheme: normal; background: transparent; }
@media (max-width: 600px), (max-height: 480px) { iframe { inset: 0; width: 100%; height: 100%; border-radius: 0; } iframe:not([hidden]) + button { display: none; } }
@media (forced-colors: active) { button { border: 2px solid ButtonText; } }`;

const CHAT = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 5h16v11h-8l-5 4v-4H4z"/></svg>';
const CROSS = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6 6 18"/></svg>';

function start(script: HTMLScriptElement): void {
  const inbox = script.dataset.inbox;
  if (!inbox) return;
  const origin = new URL(script.src).origin;
  const language = (script.dataset.language ?? document.documentElement.lang ?? "").startsWith("zh") ? "zh" : "en";
  const words = WORDS[language];
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "closed" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  host.dir = getComputedStyle(document.documentElement).direction;

  const button = document.createElement("button");
  const badge = document.createElement("b");
  const drawing = document.createElement("span");
  button.append(drawing, badge);
  root.append(button);
  let frame: HTMLIFrameElement | null = null;
  let unread = 0;

  const isOpen = (): boolean => frame !== null && !frame.hidden;
  function draw(): void {
    drawing.innerHTML = isOpen() ? CROSS : CHAT;
    badge.textContent = !isOpen() && unread ? String(unread) : "";
    button.setAttribute("aria-label", isOpen() ? words.close : unread ? words.unread(unread) : words.open);
    button.setAttribute("aria-expanded", String(isOpen()));
  }
  function show(open: boolean): void {
    if (open && !frame) {
      frame = document.createElement("iframe");
      frame.title = words.open;
      frame.allow = "";
      frame.src = `${origin}/w/${encodeURIComponent(inbox as string)}?host=${encodeURIComponent(location.origin)}`;
      root.insertBefore(frame, button);
      frame.onload = () => tell(true);
    } else if (frame) frame.hidden = !open;
    tell(open);
    draw();
    (open ? frame : button)?.focus();
  }
  function tell(open: boolean): void {
    frame?.contentWindow?.postMessage({ onestop: open ? "open" : "closed" }, origin);
  }
  addEventListener("message", (event: MessageEvent<{ onestop?: unknown; count?: unknown } | null>) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== origin) return;
    if (event.data?.onestop === "close") show(false);
    if (event.data?.onestop === "unread" && typeof event.data.count === "number") {
      unread = event.data.count;
      draw();
    }
  });
  button.onclick = () => show(!isOpen());
  draw();
  document.body.append(host);
}

const script = document.currentScript as HTMLScriptElement | null;
if (script) {
  if (document.body) start(script);
  else addEventListener("DOMContentLoaded", () => start(script));
}
