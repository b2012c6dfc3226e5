// A run's page follows it while it goes on: every 5 seconds while something moves, more seldom while nothing does, and
// not at all once it is done. It asks our own record, never Docusign. Without a script the page loads itself again.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const QUICK = 5000, SLOW = 60000;
  const card = document.querySelector("[data-run]");
  const spoken = document.getElementById("es-update");
  if (!card) return;
  const top = () => card.querySelector("[data-mark]");
  const words = (node) => node.textContent.replace(/\s+/g, " ").trim();
  let wait = QUICK;

  const show = (fresh) => {
    const old = top();
    const hasMoved = fresh.dataset.mark !== old.dataset.mark;
    wait = hasMoved ? QUICK : Math.min(wait * 1.5, SLOW);
    if (words(fresh) === words(old)) return;
    // As the reader had it: what was open stays open, and the focus stays where it was.
    for (const kept of old.querySelectorAll("details[data-keep][open]")) {
      const same = fresh.querySelector(`details[data-keep="${kept.dataset.keep}"]`);
      if (same) same.open = true;
    }
    const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    old.replaceWith(fresh);
    if (focused) fresh.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    if (fresh.dataset.say !== old.dataset.say) spoken.textContent = fresh.dataset.say;
    if (hasMoved) for (const note of document.querySelectorAll("[data-stale]")) note.hidden = false;
  };

  const ask = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(card.dataset.run, { redirect: "manual", cache: "no-store" });
        if (answer.type === "opaqueredirect" || answer.status === 403 || answer.status === 404) return; // signed out
        if (answer.ok) {
          const sent = document.createElement("div");
          sent.innerHTML = await answer.text();
          show(sent.querySelector("[data-mark]"));
        }
      } catch {
        // Offline for a moment: the next round asks again.
      }
    }
    again();
  };
  const again = () => {
    if (top().dataset.goesOn !== undefined) setTimeout(ask, wait);
  };
  again();
});
