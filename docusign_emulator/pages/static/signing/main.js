// The signing page: what is left to do, where it stands, and how it ends.

import { adopt } from "./adopt.js";
import { frame, post, Refused, tell } from "./api.js";
import { Field } from "./fields.js";
import { drawPages } from "./pages.js";
import { Walk } from "./walk.js";
import { openHandover, setUpHandover } from "./handover.js";
import { openPayment, setUpPayment } from "./pay.js";
import { setUpMenu, setUpSheet } from "./widgets.js";

const state = JSON.parse(document.getElementById("state").textContent);
const $ = (id) => document.getElementById(id);
let signature = state.recipient.signature;
let agreed = !state.consentNeeded || state.readOnly;
let busy = false;
let consenting = Promise.resolve(); // the consent on its way: who leaves meanwhile is not to be ignored
const attachments = {};
const LARGEST = 25 * 1024 * 1024;

const layers = drawPages(state.documents, $("pages"));
const editInSheet = setUpSheet($("sheet"), () => refresh());
// What somebody has signed is part of the pages already.
const overlaid = !state.readOnly || ["created", "sent", "delivered"].includes(state.recipient.status);
const fields = (overlaid ? state.tabs : [])
  .filter((tab) => layers.has(`${tab.documentId}/${tab.page}`))
  .map((tab) => new Field(tab, { sign, attach, approve, decline: openDecline, edit: editInSheet, changed }, state.readOnly));
for (const field of inReadingOrder(fields)) layers.get(`${field.tab.documentId}/${field.tab.page}`).append(field.box);
for (const radio of fields.filter((field) => field.kind === "radio" && field.fillable)) {
  radio.group = fields.filter((other) => other.kind === "radio" && other.fillable && other.tab.groupName === radio.tab.groupName);
}
const walk = new Walk(inReadingOrder(fields), { flag: $("flag"), main: $("documents"), finish, begun: () => agreed });

document.body.classList.toggle("view", state.readOnly);
if (frame) dressForFrame();
setUpMenu($("more"), $("menu"), { later, decline: openDecline, reassign: openHandover, info: () => $("info").showModal(), signature: changeSignature });
$("finish").addEventListener("click", finish);
$("dock-next")?.addEventListener("click", () => walk.advance());
$("agree")?.addEventListener("change", () => ($("consent-go").disabled = !$("agree").checked));
$("consent-go")?.addEventListener("click", consent);
$("decline").querySelector("form").addEventListener("submit", decline);
setUpHandover((successor, place) => attempt(() => post("reassign", successor), place));
setUpPayment(pay);
setAgreed(agreed);
refresh();
document.fonts?.ready.then(() => signature && fields.forEach((field) => field.signature && field.sign(field.signature)));

function inReadingOrder(some) {
  const order = state.documents.map((one) => one.documentId);
  return [...some].sort(
    (a, b) =>
      order.indexOf(a.tab.documentId) - order.indexOf(b.tab.documentId) ||
      a.place[0] - b.place[0] || a.place[1] - b.place[1] || a.place[2] - b.place[2],
  );
}

function setAgreed(now) {
  agreed = now;
  for (const layer of layers.values()) layer.inert = !now;
  $("finish").disabled = !now;
  document.body.classList.toggle("unagreed", !now);
}

async function consent() {
  consenting = attempt(() => post("consent"));
  if (await consenting) {
    $("consent").remove();
    setAgreed(true);
    refresh();
    walk.next();
  }
}

/** After any change: conditional fields, what is left, the flag. */
function refresh() {
  for (const field of fields) {
    const { conditionalParentLabel: parentLabel, conditionalParentValue: wanted } = field.tab;
    if (!parentLabel) continue;
    const parents = fields.filter((one) => [one.tab.tabLabel, one.tab.groupName].includes(parentLabel));
    field.box.hidden = !parents.some((one) => one.shown && (wanted === "" ? one.state !== "" : one.state === wanted));
  }
  if (state.mode === "view") return;
  const left = walk.left().length;
  const words = left === 0 ? "All required fields are filled in" : `${left} required ${left === 1 ? "field" : "fields"} left`;
  const shown = agreed ? words : "Agree below to start";
  if ($("progress").textContent !== shown) $("progress").textContent = shown;
  $("progress").classList.toggle("done", agreed && left === 0);
  $("dock-progress").textContent = $("progress").textContent;
  $("dock-next").textContent = walk.word();
  walk.place();
}

function changed(field) {
  for (const one of field.group) one.update();
  $("problem").textContent = "";
  refresh();
}

async function sign(field) {
  if (!signature) signature = await adopt(suggestion());
  if (!signature) return;
  field.sign(signature);
  changed(field);
  walk.next(field);
}

async function changeSignature() {
  const chosen = await adopt(signature || suggestion());
  if (!chosen) return;
  signature = chosen;
  for (const field of fields.filter((one) => one.signature)) field.sign(signature);
}

function suggestion() {
  const name = state.recipient.name || "";
  const first = name.split(/\s+/).map((word) => word[0] || "").join("").toUpperCase();
  return { name, initials: state.recipient.initials || first.slice(0, 4) };
}

function attach(field) {
  const picker = document.createElement("input");
  picker.type = "file";
  picker.accept = ".pdf,.png,.jpg,.jpeg,.gif,.tif,.tiff,.docx,.txt";
  picker.addEventListener("change", () => {
    const [file] = picker.files;
    if (!file) return;
    if (file.size > LARGEST) return explain("An attachment may have 25 MB. Choose a smaller file.");
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      attachments[field.tab.tabId] = { name: file.name, data: reader.result };
      field.attach(file.name);
      changed(field);
    });
    reader.readAsDataURL(file);
  });
  picker.click();
}

function approve() {
  finish();
}

async function finish() {
  if (state.mode === "view") return attempt(() => post("finish", { people: people() }));
  const faulty = inReadingOrder(fields).filter((field) => field.fillable && field.shown && field.fault && field === field.group[0]);
  for (const field of faulty) field.group.forEach((one) => one.mark(field.fault));
  if (faulty.length) {
    explain(faulty.length === 1 ? faulty[0].fault : `${faulty.length} fields still need you. First: ${faulty[0].fault}`);
    walk.go(faulty[0]);
    return undefined;
  }
  return attempt(() => post("finish", { signature, values: values(), attachments }));
}

/** Finish again, with what was chosen in the dialog to pay. */
function pay(payment, place) {
  return attempt(() => post("finish", { signature, values: values(), attachments, payment }), place);
}

/** Those who come after, as somebody between has named them. */
function people() {
  return [...document.querySelectorAll("[data-person]")].map((one) => {
    const facts = [...one.querySelectorAll("[data-fact]")].map((input) => [input.dataset.fact, input.value]);
    return { recipientId: one.dataset.person, ...Object.fromEntries(facts) };
  });
}

async function later() {
  await consenting;
  return attempt(() => post("later"));
}

function values() {
  const asked = fields.filter((field) => field.fillable && field.shown);
  return Object.fromEntries(asked.map((field) => [field.tab.tabId, field.value]));
}

function openDecline() {
  $("decline-problem").textContent = "";
  $("decline").showModal();
}

function decline(event) {
  if (event.submitter?.value !== "decline") return;
  event.preventDefault();
  const reason = $("decline-reason").value.trim();
  if (!reason) {
    $("decline-problem").textContent = "Say why, so that the sender knows what to change.";
    $("decline-reason").focus();
    return;
  }
  attempt(() => post("decline", { reason }), $("decline-problem"));
}

/** Do it once at a time; answers whether it worked, and says what did not. */
async function attempt(action, place = $("problem")) {
  if (busy) return false;
  busy = true;
  document.body.classList.add("busy");
  try {
    await action();
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.payment && place === $("problem")) openPayment(error.payment);
    else explain(error.message, place);
    for (const field of fields) {
      const problem = error.problems[field.tab.tabId] || error.problems[field.tab.groupId];
      if (problem) field.mark(problem);
    }
    return false;
  } finally {
    busy = false;
    document.body.classList.remove("busy");
  }
}

function explain(words, place = $("problem")) {
  place.textContent = "";
  place.textContent = words;
}

function dressForFrame() {
  document.body.classList.toggle("focused", frame.displayFormat === "focused");
  const { primaryButton, backgroundColor } = frame.style?.branding || {};
  const root = document.documentElement.style;
  if (primaryButton?.backgroundColor) {
    root.setProperty("--accent", primaryButton.backgroundColor);
    root.setProperty("--accent-strong", primaryButton.backgroundColor);
  }
  if (backgroundColor) root.setProperty("--ground", backgroundColor);
  const words = frame.style?.signingNavigationButton?.finishText;
  if (words && !state.readOnly) $("finish").textContent = words;
  tell({ type: "ready" });
}
