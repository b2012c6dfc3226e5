// Limits, switches, the account, and starting afresh. Drawn once; only the meters move.

import { api, h, show } from "../shared/dom.js";

export function settingsView(view, desk) {
  const meters = h("div");
  const limits = h("form.form", { onsubmit: saveLimits });
  const switches = h("div");
  const account = h("dl.facts");
  view.append(h("div.grid2", {},
    h("div", {},
      h("section.card.panel", {}, h("h2", {}, "Limits"), meters, limits),
      h("br"),
      h("section.card.panel", {}, h("h2", {}, "Developer account"), account),
      h("br"),
      h("section.card.panel", {}, h("h2", {}, "Start afresh"), h("p", {}, "Forgets every envelope, mail, delivery, request and fault, and sets the clock to real time. Keys and ids stay."), h("button.button.danger", { type: "button", onclick: forget }, "Forget everything"))),
    h("section.card.panel", {}, h("h2", {}, "Switches"), h("p.sub", {}, "What Docusign does not document, both ways."), switches)));
  let drawn = false;

  function saveLimits(event) {
    event.preventDefault();
    const wanted = Object.fromEntries([...limits.querySelectorAll("input")].map((input) => [input.name, Number(input.value)]));
    desk.act("PUT", "limits", wanted, "The limits are set.");
  }

  async function forget() {
    if (!window.confirm("Forget every envelope, mail and request?")) return;
    if (await desk.act("POST", "reset", {}, "Everything is forgotten.")) location.hash = "envelopes";
  }

  function drawLimits(all) {
    limits.replaceChildren(...Object.entries(all).map(([name, value]) => {
      const id = `limit-${name}`;
      return h("div.field", {}, h("label", { for: id }, name.replaceAll("_", " ")), h("input.input", { id, name, type: "number", min: "0", value: String(value), required: true }));
    }), h("button.button.primary", {}, "Save limits"));
  }

  function drawSwitches(all) {
    switches.replaceChildren(...all.map((one) => {
      const id = `switch-${one.name}`;
      const row = h(`div.switch${one.value !== one.default ? ".changed" : ""}`, {}, h("label", { for: id }, one.question, h("br"), h("code", {}, one.name)), control(one, id));
      row.querySelector("input, select").addEventListener("change", async (event) => {
        const value = typed(one, event.target);
        if (await desk.act("PUT", "switches", { [one.name]: value }, `${one.name} is now ${value}.`)) row.classList.toggle("changed", value !== one.default);
      });
      return row;
    }));
  }

  return {
    async refresh() {
      const { headers, ...all } = await api("GET", "limits");
      show(meters, meter("This hour", headers["X-RateLimit-Remaining"], headers["X-RateLimit-Limit"]), meter(`In ${all.burst_seconds} seconds`, headers["X-BurstLimit-Remaining"], headers["X-BurstLimit-Limit"]));
      if (drawn) return;
      drawn = true;
      drawLimits(all);
      drawSwitches((await api("GET", "switches/described")).switches);
      const it = await api("GET", "account");
      account.replaceChildren(...[
        ["Account", [it.name, h("br"), h("code", {}, it.accountId)]],
        ...it.users.map((user) => [user.administrator ? "Administrator" : "User", [`${user.name} (${user.email})`, h("br"), h("code", {}, user.user_id)]]),
        ...it.apps.map((app) => [app.public ? "Public app" : "App", [app.name, h("br"), h("code", {}, app.integrationKey)]]),
        ["Webhook keys", it.hmacKeys.map((key) => h("div", {}, h("code", {}, key)))],
      ].flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, ...value)]));
    },
  };
}

function control(one, id) {
  if (Array.isArray(one.allowed)) return h("select.select", { id }, one.allowed.map((value) => h("option", { value: String(value), selected: value === one.value }, String(value))));
  if (one.allowed === "bool") return h("select.select", { id }, [["true", "yes"], ["false", "no"]].map(([value, words]) => h("option", { value, selected: value === String(one.value) }, words)));
  return h("input.input", { id, type: "number", step: one.allowed === "int" ? "1" : "any", min: "0", value: String(one.value) });
}

function typed(one, input) {
  if (one.allowed === "bool") return input.value === "true";
  if (Array.isArray(one.allowed)) return one.allowed.find((value) => String(value) === input.value);
  return Number(input.value);
}

function meter(words, remaining, limit) {
  const used = limit - remaining;
  return h("div.meter", {}, h("span", {}, `${words}: ${used} of ${limit} calls used`), h("progress", { max: String(limit), value: String(used), "aria-label": words }));
}
