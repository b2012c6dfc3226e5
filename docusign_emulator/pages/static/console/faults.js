// Faults on order: what goes wrong, for which call, how often.

import { api, h, pill, show } from "../shared/dom.js";

const CALL_ACTIONS = [
  ["before_effect", "Refuse before anything is done"],
  ["after_effect", "Do it, then fail"],
  ["late_effect", "Lose the answer; do it later"],
  ["slow", "Answer slowly"],
  ["cut_body", "Do it, break off the answer"],
  ["token_revoked", "Revoke the token"],
  ["limit", "Use up the limit"],
  ["search_lag", "Hide what is new from lists"],
];
const CONNECT_ACTIONS = [
  ["duplicate", "Deliver twice"],
  ["delay", "Deliver late"],
  ["shuffle", "Deliver out of order"],
  ["drop", "Never deliver"],
  ["bad_hmac", "Sign wrongly"],
  ["old_key", "Sign with an old key"],
  ["never_retry", "Do not retry"],
  ["completed_before_sent", "Completed before sent"],
];
const OPERATIONS = ["createEnvelope", "updateEnvelope", "getEnvelope", "listStatusChanges", "listStatus", "createRecipientView", "getDocument", "listDocuments", "listRecipients", "updateRecipients", "requestJwtToken", "userInfo", "connect", "*"];
const NUMBERS = [["times", "How often (0: always)", "1"], ["skip", "Calls let through first", "0"], ["status", "HTTP status", ""], ["delay", "Delay, seconds", ""], ["hang", "Hang, seconds", ""], ["probability", "Probability, 0 to 1", ""]];

export function faultsView(view, desk) {
  const list = h("div");
  const operation = h("input.input", { id: "fault-operation", list: "operations", value: "createEnvelope", required: true });
  const action = h("select.select", { id: "fault-action" });
  const match = h("input.input", { id: "fault-envelope", placeholder: "any" });
  const code = h("input.input", { id: "fault-code", placeholder: "as usual" });
  const reset = h("input", { type: "checkbox" });
  const numbers = Object.fromEntries(NUMBERS.map(([name, , value]) => [name, h("input.input", { id: `fault-${name}`, type: "number", min: "0", step: name === "probability" ? "0.01" : "1", value })]));
  const field = (label, control) => h("div.field", {}, h("label", { for: control.id }, label), control);
  const offer = () => action.replaceChildren(...(operation.value === "connect" ? CONNECT_ACTIONS : CALL_ACTIONS).map(([value, words]) => h("option", { value }, words)));
  operation.addEventListener("input", offer);
  offer();
  const form = h("form.form", { onsubmit: add },
    field("Operation", operation), h("datalist", { id: "operations" }, OPERATIONS.map((name) => h("option", { value: name }))),
    field("What goes wrong", action), field("Only this envelope", match), field("Error code", code),
    NUMBERS.map(([name, words]) => field(words, numbers[name])),
    h("label.legend", {}, reset, " Reset the connection"),
    h("button.button.primary", {}, "Add fault"));
  view.append(h("div.grid2", {}, h("section.card.panel", {}, h("h2", {}, "Order a fault"), form), h("section.card.panel", {}, h("h2", {}, "Faults on order"), list)));

  function add(event) {
    event.preventDefault();
    const rule = { operation: operation.value.trim(), action: action.value };
    if (match.value.trim()) rule.match = { envelopeId: match.value.trim().toLowerCase() };
    if (code.value.trim()) rule.errorCode = code.value.trim();
    if (reset.checked) rule.reset = true;
    for (const [name] of NUMBERS) if (numbers[name].value !== "") rule[name] = Number(numbers[name].value);
    desk.act("POST", "faults", rule, `The next ${rule.operation} will feel it.`);
  }

  return {
    async refresh() {
      const { faults } = await api("GET", "faults");
      if (!faults.length) {
        show(list, h("div.nothing", {}, h("h2", {}, "None"), h("p", {}, "Everything goes well.")));
        return;
      }
      const clear = h("button.button.small", { type: "button", "data-clear": true }, "Clear all");
      show(list, h("table", {}, h("thead", {}, h("tr", {}, ["Operation", "Fault", "Hits"].map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, faults.map(row))), h("div.tools", {}, clear));
      list.querySelector("[data-clear]").onclick = () => desk.act("DELETE", "faults", undefined, "All faults are gone.");
    },
  };
}

function row(fault) {
  const spent = fault.times && fault.hits >= fault.times;
  const rest = Object.entries(fault).filter(([name, value]) => !["id", "operation", "action", "hits", "seen", "times", "match", "skip"].includes(name) && value !== null);
  const details = [...Object.entries(fault.match || {}), ...rest, ...(fault.skip ? [["skip", fault.skip]] : [])].map(([name, value]) => `${name} ${value}`).join(", ");
  return h("tr", {}, h("td", {}, h("strong", {}, fault.operation)), h("td", {}, fault.action.replaceAll("_", " "), details && h("div.sub", {}, details)), h("td", {}, pill(`${fault.hits} of ${fault.times || "∞"}`, spent ? "" : "warn")));
}
