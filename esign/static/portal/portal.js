// Two small comforts; every page works without them.
"use strict";

// A form is sent once, and says that it is on its way.
document.addEventListener("submit", (event) => {
  const button = event.target.querySelector("button[data-once]");
  if (!button || event.defaultPrevented) return;
  if (button.getAttribute("aria-disabled") === "true") {
    event.preventDefault();
    return;
  }
  button.setAttribute("aria-disabled", "true");
  const label = button.querySelector("span");
  if (button.dataset.busy && label) {
    button.dataset.label = label.textContent;
    label.textContent = button.dataset.busy;
  }
});

// Coming back with the browser's Back button finds the form as it was.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const button of document.querySelectorAll("button[aria-disabled=true]")) {
    button.removeAttribute("aria-disabled");
    const label = button.querySelector("span");
    if (button.dataset.label && label) label.textContent = button.dataset.label;
  }
});

// The page after signing asks our own record (never Docusign) until it is up to date: every 2.5 seconds for
// two minutes, then every 15 seconds for a quarter of an hour.
const words = (node) => node.textContent.replace(/\s+/g, " ").trim();
const region = document.querySelector("[data-update]");
if (region) {
  const started = Date.now();
  const ask = async () => {
    if (!region.querySelector("[data-awaits]")) return;
    try {
      const answer = await fetch(region.dataset.update, {
        headers: { "X-Requested-With": "portal.js" },
        redirect: "manual",
        cache: "no-store",
      });
      if (answer.type === "opaqueredirect" || answer.status === 404) return;
      if (answer.ok) {
        const fresh = document.createElement("template");
        fresh.innerHTML = await answer.text();
        // Replaced only when it says something else: what is replaced is read aloud again.
        if (words(fresh.content) !== words(region)) region.replaceChildren(fresh.content);
      }
    } catch {
      // Offline for a moment: the next round asks again.
    }
    const waited = Date.now() - started;
    if (waited < 15 * 60 * 1000) setTimeout(ask, waited < 2 * 60 * 1000 ? 2500 : 15000);
  };
  setTimeout(ask, 1500);
}
