// An envelope's page follows it while a machine is at it: being sent, voided, fetched. It asks our own record, never
// Docusign: every 2 seconds for a minute, then every 10 for a quarter of an hour. Without this, people reload.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const region = document.querySelector("[data-follow]");
  const spoken = document.getElementById("es-update");
  if (!region) return;
  const started = Date.now();
  const words = (node) => node.textContent.replace(/\s+/g, " ").trim();
  const headline = (node) => words(node.querySelector("h2").lastChild); // after the icon, whose name is no word
  const isOnItsWay = () => region.querySelector("[data-on-its-way]") !== null;
  const sayThatItFollows = () => {
    for (const note of region.querySelectorAll("[data-with-js]")) note.hidden = false;
  };

  const show = (fresh) => {
    // Replaced only when it says something else, and as the reader had it: the calls shown, the focus where it was.
    if (words(fresh) === words(region)) return;
    const before = headline(region);
    const calls = region.querySelector(".es-show-machine")?.checked ?? false;
    const focused = region.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    region.replaceChildren(...fresh.childNodes);
    const shown = region.querySelector(".es-show-machine");
    if (shown) shown.checked = calls;
    if (focused) region.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    if (headline(region) !== before) spoken.textContent = headline(region);
    sayThatItFollows();
  };

  const ask = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(region.dataset.follow, { redirect: "manual", cache: "no-store" });
        if (answer.type === "opaqueredirect" || answer.status === 403 || answer.status === 404) return; // signed out
        if (answer.ok) {
          const fresh = document.createElement("div");
          fresh.innerHTML = await answer.text();
          show(fresh);
        }
      } catch {
        // Offline for a moment: the next round asks again.
      }
    }
    again();
  };
  const again = () => {
    const waited = Date.now() - started;
    if (isOnItsWay() && waited < 15 * 60 * 1000) setTimeout(ask, waited < 60 * 1000 ? 2000 : 10000);
  };
  sayThatItFollows();
  again();
});
