// The sender's page: two steps, and the ways to leave it.

import { post, Refused } from "../signing/api.js";
import { Model } from "./model.js";
import { placeStep } from "./place.js";
import { prepareStep } from "./prepare.js";

const state = JSON.parse(document.getElementById("state").textContent);
const $ = (id) => document.getElementById(id);
const model = new Model(state);
const prepare = prepareStep(model, $("recipients"), $("add-recipient"));
const place = placeStep(model, state, { pages: $("pages"), whose: $("whose"), tiles: $("tiles"), properties: $("properties"), desk: $("place") });
let busy = false;

function step(name, focus = false) {
  for (const one of ["prepare", "place"]) {
    const here = one === name;
    $(one).hidden = !here;
    $(`step-${one}`).setAttribute("aria-selected", String(here));
    $(`step-${one}`).tabIndex = here ? 0 : -1;
    if (here && focus) $(`step-${one}`).focus();
  }
  if (name === "place") place.show();
  else prepare.draw();
  window.scrollTo(0, 0);
}

async function attempt(action) {
  if (busy) return;
  busy = true;
  $("problem").textContent = "";
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    $("problem").textContent = error.message;
    window.scrollTo({ top: 0, behavior: "smooth" });
  } finally {
    busy = false;
  }
}

function changes() {
  return model.changes($("subject") ? $("subject").value : null, $("blurb") ? $("blurb").value : null);
}

async function leave(how) {
  if (how === "save") {
    await post("save", changes());
  }
  await post("leave", { how });
}

for (const name of ["prepare", "place"]) {
  $(`step-${name}`).addEventListener("click", () => step(name));
  $(`step-${name}`).addEventListener("keydown", (event) => {
    const other = name === "prepare" ? "place" : "prepare";
    if (["ArrowLeft", "ArrowRight"].includes(event.key) && !$(`step-${other}`).disabled) step(other, true);
  });
}
$("to-place")?.addEventListener("click", () => step("place", true));
$("send").addEventListener("click", () => attempt(() => post("send", changes())));
document.addEventListener("click", (event) => {
  const how = event.target.closest("[data-leave]")?.dataset.leave;
  if (how === "discard") $("sure").showModal();
  else if (how) attempt(() => leave(how));
});
$("sure").addEventListener("close", () => $("sure").returnValue === "discard" && attempt(() => leave("discard")));
step(state.startingScreen === "Tagger" && !$("step-place").disabled ? "place" : "prepare");
