// All envelopes, newest first.

import { api, h, pill, short, show, time } from "../shared/dom.js";

const MOST = 200;
const LOOKED_AT = 2000; // the newest so many are filtered
const STATUSES = ["created", "sent", "delivered", "completed", "declined", "voided", "correct", "processing"];

export function envelopesView(view, desk) {
  const filter = h("input.input", { type: "search", placeholder: "Subject, person, id or custom field", "aria-label": "Filter envelopes" });
  const status = h("select.select", { "aria-label": "Status" }, h("option", { value: "" }, "Any status"), STATUSES.map((one) => h("option", { value: one }, one)));
  const list = h("div.card.scroll");
  const seen = new Map();
  let envelopes = [];
  view.append(h("div.tools", {}, filter, status), list);
  filter.addEventListener("input", draw);
  status.addEventListener("input", draw);
  list.addEventListener("click", (event) => {
    const row = event.target.closest("tr.row");
    if (row && !event.target.closest("a")) location.hash = `envelope=${row.dataset.id}`;
  });

  function draw() {
    const words = filter.value.trim().toLowerCase();
    const found = envelopes.filter((one) => (!status.value || one.status === status.value) && (!words || haystack(one).includes(words)));
    if (!found.length) {
      const none = envelopes.length ? ["Nothing matches", "Change the filter to see other envelopes."] : ["No envelopes yet", "Send one from your application: it appears here within a second."];
      show(list, h("div.nothing", {}, h("h2", {}, none[0]), h("p", {}, none[1])));
      return;
    }
    const rows = found.slice(-MOST).reverse().map((one) => row(one, desk.now, seen));
    show(list, h("table.stack", {}, h("thead", {}, h("tr", {}, ["Status", "Subject", "Recipients", "Changed"].map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, rows)),
      found.length > MOST && h("p.nothing", {}, `The newest ${MOST} of ${found.length}.`));
  }

  return {
    async refresh() {
      envelopes = (await api("GET", `state?last=${LOOKED_AT}`)).envelopes;
      draw();
      for (const one of envelopes) seen.set(one.envelopeId, one.modifiedAt);
    },
  };
}

function row(one, now, seen) {
  const changed = seen.size && seen.get(one.envelopeId) !== one.modifiedAt;
  return h(`tr.row${changed ? ".fresh" : ""}`, { "data-id": one.envelopeId },
    h("td", {}, pill(one.status, one.status)),
    h("td", {}, h("div", {}, h("a.strong", { href: `#envelope=${one.envelopeId}` }, one.subject || "(no subject)"), h("div.sub", {}, short(one.envelopeId), ` ${Object.values(one.customFields).join(", ")}`))),
    h("td", {}, h("div.people", {}, [...one.recipients].sort((a, b) => a.routingOrder - b.routingOrder).map((person) => h(`span.person.${person.status}`, { title: `${person.kind}, order ${person.routingOrder}: ${person.status}` }, person.name || person.roleName || person.email || "someone", h("span.sr-only", {}, ` ${person.status}`))))),
    h("td", {}, time(one.modifiedAt, now)),
  );
}

function haystack(one) {
  const people = one.recipients.map((person) => `${person.name} ${person.email}`).join(" ");
  return `${one.subject} ${one.envelopeId} ${one.transactionId} ${Object.values(one.customFields).join(" ")} ${people}`.toLowerCase();
}
