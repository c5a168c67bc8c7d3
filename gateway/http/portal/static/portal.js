// What the pages do better with script, and do without it too: results while you type, photos
// made small before they are sent, a button that sends once, and questions that appear with the
// answer that brings them up (the server decides again: what is not asked is not kept).
(() => {
  "use strict";
  const field = document.getElementById("q");
  const below = document.getElementById("below");
  if (field && below) live(field, below);
  for (const form of document.querySelectorAll("form[data-once]")) once(form);
  const because = document.querySelector(".ask[data-on]");
  if (because) follow(because.closest("form"));
  for (const input of document.querySelectorAll('input[type="file"]')) {
    input.addEventListener("change", () => shrink(input));
  }
  document.getElementById("problem")?.focus();

  function live(input, place) {
    const without = place.innerHTML;
    const began = input.value;
    let timer = 0;
    let asked = 0;
    const look = async () => {
      const words = input.value.trim();
      const mine = ++asked;
      if (!words) {
        if (!began) place.innerHTML = without;
        return;
      }
      try {
        const answer = await fetch(`/?part=1&q=${encodeURIComponent(words)}`, { headers: { Accept: "text/html" } });
        const text = await answer.text();
        if (answer.ok && mine === asked) place.innerHTML = text;
      } catch {
        // Offline: the button still works when the line is back.
      }
    };
    input.addEventListener("input", (event) => {
      if (event.isComposing) return;
      clearTimeout(timer);
      timer = setTimeout(look, 150);
    });
    input.addEventListener("compositionend", look);
  }

  // The focus stays on the answer; what it brings up comes right after it, and is said aloud once.
  function follow(form) {
    const all = [...form.querySelectorAll(".ask")];
    const look = (event) => {
      const asked = new Map();
      const fresh = [];
      for (const ask of all) {
        const { on, given, values } = ask.dataset;
        const shown = !on || (asked.has(on) && holds(given, values.split(" "), asked.get(on)));
        if (shown) asked.set(ask.id.slice(4), answer(ask));
        if (shown && ask.hidden) fresh.push(ask);
        ask.hidden = !shown;
      }
      form.elements._asked.value = [...asked.keys()].join(" ");
      if (event) tell(form.querySelector("#more"), fresh);
    };
    form.addEventListener("input", look);
    form.addEventListener("change", look);
    addEventListener("pageshow", () => look());
    look();
  }

  function holds(given, values, answer) {
    if (given === "one_of") return values.includes(answer);
    return (answer !== "") === (given === "answered");
  }

  function answer(ask) {
    if (ask.querySelector(".files li")) return "file";
    const controls = [...ask.querySelectorAll("input, textarea")];
    const given = controls.find((one) => (one.type === "radio" ? one.checked : one.value.trim()));
    return given ? given.value.trim() : "";
  }

  function tell(place, fresh) {
    if (!fresh.length) return;
    const names = fresh.map((ask) => ask.querySelector("legend, label").textContent.trim());
    place.textContent = `${place.dataset.words}: ${names.join(", ")}`;
  }

  function once(form) {
    let sent = false;
    form.addEventListener("submit", (event) => {
      if (sent) event.preventDefault();
      sent = true;
      form.querySelector("button")?.setAttribute("aria-disabled", "true");
    });
    addEventListener("pageshow", () => {
      sent = false;
      form.querySelector("button")?.removeAttribute("aria-disabled");
    });
  }

  async function shrink(input) {
    const most = 2000;
    const files = new DataTransfer();
    for (const file of input.files) files.items.add(await smaller(file, most));
    input.files = files.files;
  }

  async function smaller(file, most) {
    if (file.size < 1.5e6 || !/^image\/(jpeg|png|webp)$/.test(file.type)) return file;
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, most / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      if (!blob || blob.size >= file.size) return file;
      return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
    } catch {
      return file;
    }
  }
})();
