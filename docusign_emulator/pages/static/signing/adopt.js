// The dialog in which a signature is adopted: typed in one of the hands, or drawn.

import { Pad } from "./pad.js";

const dialog = document.getElementById("adopt");
const nameInput = document.getElementById("adopt-name");
const initialsInput = document.getElementById("adopt-initials");
const problem = document.getElementById("adopt-problem");
const ways = ["style", "draw"].map((way) => ({
  way,
  tab: document.getElementById(`tab-${way}`),
  panel: document.getElementById(`panel-${way}`),
}));
const pad = new Pad(document.getElementById("pad"));
const initialsPad = new Pad(document.getElementById("pad-initials"));
let chosenWay = "style";
let settle = null;

/** Ask for a signature; answers {name, initials, style} or {…, png, initialsPng}, or null when closed. */
export function adopt(suggestion) {
  nameInput.value ||= suggestion.name;
  initialsInput.value ||= suggestion.initials;
  problem.textContent = "";
  preview();
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => (settle = resolve));
}

function preview() {
  for (const sample of dialog.querySelectorAll(".style-name")) sample.textContent = nameInput.value || "Your name";
  for (const sample of dialog.querySelectorAll(".style-initials")) sample.textContent = initialsInput.value;
}

function choose(way, focus = false) {
  chosenWay = way;
  for (const one of ways) {
    const selected = one.way === way;
    one.tab.setAttribute("aria-selected", String(selected));
    one.tab.tabIndex = selected ? 0 : -1;
    one.panel.hidden = !selected;
    if (selected && focus) one.tab.focus();
  }
}

function adopted() {
  const signature = { name: nameInput.value.trim(), initials: initialsInput.value.trim() };
  if (!signature.name || !signature.initials) return { problem: "Enter your full name and your initials." };
  if (chosenWay === "style") {
    return { signature: { ...signature, style: dialog.querySelector("[name=hand]:checked").value } };
  }
  if (pad.empty) return { problem: "Draw your signature, or choose a style instead." };
  // Initials left undrawn are written in the first hand.
  return { signature: { ...signature, png: pad.png(), ...(initialsPad.empty ? {} : { initialsPng: initialsPad.png() }) } };
}

for (const input of [nameInput, initialsInput]) input.addEventListener("input", preview);
for (const { way, tab } of ways) {
  tab.addEventListener("click", () => choose(way));
  tab.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") choose(way === "style" ? "draw" : "style", true);
  });
}
document.getElementById("pad-clear").addEventListener("click", () => {
  pad.clear();
  initialsPad.clear();
});
dialog.querySelector("form").addEventListener("submit", (event) => {
  if (event.submitter?.value !== "adopt") return;
  const answer = adopted();
  if (answer.problem) {
    event.preventDefault();
    problem.textContent = answer.problem;
    return;
  }
  settle?.(answer.signature);
  settle = null;
});
// Plain buttons, so that Enter in a field adopts instead of closing.
for (const button of dialog.querySelectorAll("[data-close]")) button.addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => {
  settle?.(null);
  settle = null;
});
