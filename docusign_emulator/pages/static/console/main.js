// The console: which section is shown, the clock, and the second-by-second refresh.

import { api, h, show, watch } from "../shared/dom.js";
import { envelopesView } from "./envelopes.js";
import { envelopeView } from "./envelope.js";
import { faultsView } from "./faults.js";
import { ignoredView, requestsView, unknownView } from "./requests.js";
import { settingsView } from "./settings.js";
import { webhooksView } from "./webhooks.js";

const $ = (id) => document.getElementById(id);
const VIEWS = { envelopes: envelopesView, envelope: envelopeView, webhooks: webhooksView, requests: requestsView, faults: faultsView, settings: settingsView, ignored: ignoredView, unknown: unknownView };
const view = $("view");
let current = null;
let hurry = () => {};

/** What every section is given: a call to the API that reports, a refresh, and words for the person. */
const desk = {
  now: new Date().toISOString(),
  say(words, bad = false) {
    $("toast").textContent = words;
    $("toast").classList.toggle("bad", bad);
    clearTimeout(desk.timer);
    desk.timer = setTimeout(() => ($("toast").textContent = ""), 8000);
  },
  async act(method, path, body, done = "") {
    try {
      const answer = await api(method, path, body);
      if (done) desk.say(done);
      hurry();
      return answer;
    } catch (error) {
      desk.say(error.message, true);
      return null;
    }
  },
  refresh: () => hurry(),
};

function route() {
  const [, name, id] = location.hash.match(/^#(\w+)(?:=(.+))?$/) || [];
  const chosen = VIEWS[name] ? name : "envelopes";
  for (const link of $("tabs").children) {
    const here = link.hash === `#${chosen}` || (chosen === "envelope" && link.hash === "#envelopes");
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  view.replaceChildren();
  delete view.dataset.shown;
  current = VIEWS[chosen](view, desk, id);
  hurry();
}

async function look() {
  const clock = await api("GET", "clock");
  desk.now = clock.now;
  const at = new Date(clock.now);
  $("clock-time").textContent = at.toLocaleString("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });
  $("clock-off").textContent = clock.offsetSeconds ? `${ahead(clock.offsetSeconds)} ahead of real time` : "real time";
  $("clock-off").classList.toggle("moved", clock.offsetSeconds > 0);
  await current?.refresh();
  await countUp();
}

let turn = 0;
/** The small numbers on the tabs, every fifth turn: they are dear when there is much. */
async function countUp() {
  if (turn++ % 5) return;
  const [{ counts }, { faults }] = await Promise.all([api("GET", "state?last=1"), api("GET", "faults")]);
  const active = faults.filter((fault) => !fault.times || fault.hits < fault.times).length;
  const numbers = { envelopes: counts.envelopes, webhooks: counts.deliveries, requests: counts.journal, faults: active, ignored: counts.ignored, unknown: counts.unhandled };
  for (const [name, number] of Object.entries(numbers)) $(`count-${name}`).textContent = number || "";
  $("count-unknown").classList.add("bad");
  $("count-ignored").classList.add("warn");
  $("count-faults").classList.add("warn");
}

function ahead(seconds) {
  const whole = Math.round(seconds / 60);
  const [days, hours, minutes] = [Math.floor(whole / 1440), Math.floor((whole % 1440) / 60), whole % 60];
  return [[days, "day"], [hours, "hour"], [minutes, "minute"]].filter(([n]) => n).map(([n, unit]) => `${n} ${unit}${n === 1 ? "" : "s"}`).join(" ") || `${Math.round(seconds)} seconds`;
}

async function advance(step) {
  const answer = await desk.act("POST", "clock/advance", step);
  if (!answer) return;
  const events = answer.events.map((event) => `${event.at.slice(0, 16).replace("T", " ")}  ${event.kind.replaceAll("_", " ")}`);
  desk.say(events.length ? `The clock moved. What came due:\n${events.slice(0, 12).join("\n")}${events.length > 12 ? `\nand ${events.length - 12} more` : ""}` : "The clock moved. Nothing was due.");
  turn = 0;
}

document.addEventListener("click", (event) => {
  const step = event.target.closest("[data-advance]")?.dataset.advance;
  if (step) advance(JSON.parse(step));
});
$("advance").addEventListener("submit", (event) => {
  event.preventDefault();
  advance({ [$("advance-unit").value]: Number($("advance-by").value) });
});
window.addEventListener("hashchange", route);
route();
hurry = watch(look, (error) => {
  $("live").className = `live ${error ? "off" : "on"}`;
  const words = error ? "not answering, trying again" : "live";
  if ($("live-words").textContent !== words) $("live-words").textContent = words;
  if (error && !view.childElementCount) show(view, h("div.card.nothing", {}, h("h2", {}, "The emulator does not answer"), h("p", {}, error.message)));
});
