// One envelope: its people, and everything that happened to it in one time line.

import { api, h, pill, show, time } from "../shared/dom.js";

const KINDS = [["audit", "Envelope history"], ["mail", "Mails and texts"], ["hook", "Webhooks"], ["api", "API requests"]];

const FAIL = { access_code: "access_code_failed", phone: "phone_code_failed", identity: "id_check_failed" };

export function envelopeView(view, desk, id) {
  const head = h("section.card.panel.wide");
  const people = h("section.card.panel", { "aria-label": "Recipients" });
  const history = h("section.card.panel", { "aria-label": "Time line" });
  const list = h("ol.timeline");
  const ticks = Object.fromEntries(KINDS.map(([kind]) => [kind, h("input", { type: "checkbox", checked: kind !== "api" })]));
  history.append(h("h2", {}, "What happened"), h("div.legend", {}, KINDS.map(([kind, words]) => h("label", {}, ticks[kind], words))), list);
  history.addEventListener("change", () => desk.refresh());
  view.append(h("p", {}, h("a", { href: "#envelopes" }, "All envelopes")), h("div.detail", {}, head, people, history));
  view.addEventListener("click", act);

  async function act(event) {
    const button = event.target.closest("[data-act]");
    if (!button) return;
    const { act: action, recipient } = button.dataset;
    let reason = "";
    if (action === "decline") {
      reason = window.prompt("Reason for declining", "The terms are not what we agreed on.");
      if (!reason) return;
    }
    const answer = await desk.act("POST", "recipients/act", { envelopeId: id, recipientId: recipient, action, reason });
    if (answer) desk.say(`Done: the recipient is now ${answer.recipientStatus}, the envelope ${answer.status}.`);
  }

  return {
    async refresh() {
      const one = await api("GET", `envelopes/${id}`);
      show(head, ...headline(one));
      show(people, h("h2", {}, "Recipients"), [...one.recipients].sort((a, b) => a.routingOrder - b.routingOrder).map((person) => recipient(person, one)));
      show(list, happenings(one).filter((event) => ticks[event.kind].checked).map((event) => line(event, desk.now)));
    },
  };
}

function headline(one) {
  const facts = [
    ["Envelope", h("code", {}, one.envelopeId)],
    ["Transaction id", one.transactionId && h("code", {}, one.transactionId)],
    ["Custom fields", Object.entries(one.customFields).map(([name, value]) => `${name} = ${value}`).join(", ")],
    ["Created", time(one.createdAt)],
    ["Expires", one.expiresAt && time(one.expiresAt)],
    ["Voided because", one.voidedReason],
    ["Documents", one.documents.map((document) => `${document.name} (${document.pages} page${document.pages === 1 ? "" : "s"})`).join(", ")],
  ];
  return [
    h("div.headline", {}, h("h2", {}, one.subject || "(no subject)"), h("div.people", {}, pill(one.status, one.status),
      one.documents.length > 0 && h("a.button.small", { href: `/_emulator/envelopes/${one.envelopeId}/combined.pdf`, target: "_blank", rel: "noopener" }, "Open as PDF"))),
    h("dl.facts", {}, facts.filter(([, value]) => value).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
  ];
}

function recipient(person, one) {
  const turn = ["sent", "delivered"].includes(person.status) && ["sent", "delivered"].includes(one.status);
  const mail = one.mail.filter((line) => line.link && line.recipientId === person.recipientId).at(-1);
  const checks = one.checks[person.recipientId] || [];
  const does = ["carbonCopies", "certifiedDeliveries"].includes(person.kind) ? [] : [["sign", "Sign"], ["decline", "Decline"]];
  return h("div.recipient", {},
    h("div.recipient-head", {},
      h("span", {}, h("span.order", { title: "Routing order" }, String(person.routingOrder)), h("strong", {}, person.name || "(no name)"), person.roleName && ` ${person.roleName}`),
      pill(person.status, person.status)),
    h("div.sub", {}, [person.email, person.kind, person.clientUserId && `embedded as ${person.clientUserId}`].filter(Boolean).join(", ")),
    checks.length > 0 && h("div.sub", {}, checks.map((check) => `${check.name}: ${check.status ? check.status.toLowerCase() : "not yet asked"}`).join(", ")),
    turn && h("div.recipient-acts", {},
      mail && h("a.button.small.primary", { href: mail.link, target: "_blank", rel: "noopener" }, "Open their link"),
      [["view", "View"], ...does, ...checks.map((check) => [FAIL[check.kind], `Fail the ${check.name}`]), ["autorespond", "Bounce the mail"]].map(([act, words]) => h("button.button.small", { type: "button", "data-act": act, "data-recipient": person.recipientId }, words))),
  );
}

function happenings(one) {
  return [
    ...one.audit.map((line) => ({ kind: "audit", at: line.at, title: line.action, words: line.message })),
    ...one.mail.map((line) => ({ kind: "mail", at: line.at, title: `${line.channel === "email" ? "Mail" : "Text"}: ${line.kind.replaceAll("_", " ")}`, words: `to ${line.name || line.to}`, link: `/#mail=${line.id}` })),
    ...one.deliveries.flatMap((delivery) => hooks(delivery)),
    ...one.journal.map((line) => ({ kind: "api", bad: line.status >= 400, at: line.at, title: `${line.operation || line.path} answered ${line.status ?? "nothing"}`, words: [line.errorCode, line.fault && `fault ${line.fault.action || line.fault}`, line.effectDone ? "changed something" : ""].filter(Boolean).join(", ") })),
  ].sort((a, b) => b.at.localeCompare(a.at));
}

function hooks(delivery) {
  if (!delivery.tries.length) return [{ kind: "hook", at: delivery.at, title: `${delivery.event} ${delivery.state}`, words: delivery.url }];
  return delivery.tries.map((attempt) => ({ kind: "hook", bad: Boolean(attempt.error), at: attempt.at, title: `${delivery.event} ${attempt.error ? "not taken" : "delivered"}`, words: attempt.error || `${delivery.url} answered ${attempt.status}` }));
}

function line(event, now) {
  return h(`li.${event.kind}${event.bad ? ".bad" : ""}`, {},
    h("span.when", {}, time(event.at, now)),
    h("strong", {}, event.link ? h("a", { href: event.link }, event.title) : event.title),
    event.words && h("div.sub", {}, event.words));
}
