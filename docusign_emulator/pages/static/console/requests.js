// The request journal, the fields that Docusign would ignore, and the calls the emulator did not know.

import { api, h, pill, short, show, time } from "../shared/dom.js";

const LAST = 200;

export function requestsView(view, desk) {
  const operation = h("input.input", { type: "search", placeholder: "Operation, such as createEnvelope", "aria-label": "Filter by operation" });
  const failed = h("input", { type: "checkbox" });
  const list = h("div.card.scroll");
  let newest = null;
  view.append(
    h("div.tools", {}, operation, h("label.legend", {}, failed, " Only refused or faulty"), h("span.spring"),
      h("button.button.small", { type: "button", onclick: () => desk.act("DELETE", "journal", undefined, "The journal is empty.") }, "Clear journal")),
    list,
  );
  view.addEventListener("input", () => desk.refresh());

  return {
    async refresh() {
      const { journal } = await api("GET", `journal?last=${LAST}`);
      const words = operation.value.trim().toLowerCase();
      const found = journal.filter((line) => (!words || (line.operation || line.path).toLowerCase().includes(words)) && (!failed.checked || line.fault || !line.status || line.status >= 400));
      if (!found.length) {
        show(list, h("div.nothing", {}, h("h2", {}, "No requests"), h("p", {}, "Each call of the API is a line here, with what it did.")));
        return;
      }
      const rows = [...found].reverse().map((line) => row(line, desk.now, newest !== null && line.id > newest));
      show(list, h("table.stack", {}, h("thead", {}, h("tr", {}, ["Time", "Operation", "Answer", "Effect", "Fault", "Envelope"].map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, rows)));
      newest = journal.at(-1)?.id ?? newest;
    },
  };
}

function row(line, now, fresh) {
  const query = new URLSearchParams(line.query || {}).toString();
  const path = line.path.replace(/^\/restapi\/v2\.1\/accounts\/[^/]+/, "…");
  return h(`tr${fresh ? ".fresh" : ""}`, {},
    h("td", {}, time(line.at, now)),
    h("td", {}, h("div", {}, h("strong", {}, line.operation || "unknown"), h("div.sub", {}, `${line.method} ${path}${query ? `?${query}` : ""}`))),
    h("td", { "data-head": "Answer" }, h("div", {}, pill(line.status ? String(line.status) : "none", !line.status || line.status >= 400 ? "bad" : "good"), line.errorCode && h("div.sub", {}, line.errorCode),
      line.ignoredFields?.length ? h("div.sub", {}, `ignored: ${line.ignoredFields.join(", ")}`) : "")),
    h("td", { "data-head": "Effect" }, line.effectDone ? pill("done", "info") : ""),
    h("td", { "data-head": "Fault" }, line.fault ? pill(line.fault.action || String(line.fault), "warn") : ""),
    h("td", { "data-head": "Envelope" }, line.envelopeId ? h("a", { href: `#envelope=${line.envelopeId}` }, short(line.envelopeId)) : ""),
  );
}

export function ignoredView(view, desk) {
  const list = h("div.card.scroll");
  view.append(h("p", {}, "Fields that Docusign's description does not know. Docusign ignores them without a word; most are typing errors."), list);
  return {
    async refresh() {
      const { ignoredByDocusign } = await api("GET", "ignored");
      if (!ignoredByDocusign.length) {
        show(list, h("div.nothing", {}, h("h2", {}, "None"), h("p", {}, "Every field that was sent is known.")));
        return;
      }
      const rows = ignoredByDocusign.flatMap((caller) => caller.fields.map((one) => h("tr", {},
        h("td", {}, h("strong", {}, one.field)), h("td", {}, one.operation), h("td", {}, `${caller.userName}, ${short(caller.clientId)}`),
        h("td", {}, String(one.times)), h("td", {}, time(one.lastAt, desk.now)))));
      show(list, h("table", {}, h("thead", {}, h("tr", {}, ["Field", "Operation", "Sent by", "Times", "Last"].map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, rows)));
    },
  };
}

export function unknownView(view, desk) {
  const list = h("div.card.scroll");
  view.append(h("p", {}, "Calls the emulator answered with 404 because it does not know them. A test run fails when there are any."), list);
  return {
    async refresh() {
      const { unhandled } = await api("GET", "unhandled");
      if (!unhandled.length) {
        show(list, h("div.nothing", {}, h("h2", {}, "None"), h("p", {}, "Everything that was asked is known.")));
        return;
      }
      show(list, h("table", {}, h("thead", {}, h("tr", {}, ["Time", "Method", "Path"].map((head) => h("th", { scope: "col" }, head)))),
        h("tbody", {}, [...unhandled].reverse().map((call) => h("tr", {}, h("td", {}, time(call.at, desk.now)), h("td", {}, call.method), h("td", {}, h("span.sub", {}, call.path)))))));
    },
  };
}
