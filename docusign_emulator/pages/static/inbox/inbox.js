// The inbox: newest first, refreshed by itself; the message read is in the address (#mail=12).

import { api, clockTime, h, pill, show, time, watch } from "../shared/dom.js";

const MOST = 300;
const $ = (id) => document.getElementById(id);
const read = new Set(JSON.parse(sessionStorage.getItem("read") || "[]"));
let mails = null;
let known = 0;

// kind: the pill's words, its tone, and the sentence above the button
const KINDS = {
  invitation: ["Sign", "info", "You have documents to review and sign.", "Review documents"],
  resend: ["Sign", "info", "You have documents to review and sign.", "Review documents"],
  reminder: ["Reminder", "warn", "You still have documents to sign.", "Review documents"],
  correction: ["Corrected", "info", "The sender corrected the documents.", "Review documents"],
  reassigned: ["Sign", "info", "Somebody asked you to sign instead.", "Review documents"],
  handed_over: ["Handed over", "info", "A signer handed over to somebody else.", "See what happened"],
  one_time_code: ["Code", "warn", "Enter it on the page that asked for it.", ""],
  certified: ["Open", "info", "You have documents to open.", "Open documents"],
  expiry_warning: ["Expires soon", "warn", "These documents expire soon.", "Review documents"],
  completed: ["Completed", "good", "All parties have completed their documents.", "View completed documents"],
  copy: ["Copy", "", "You receive a copy.", "View documents"],
  declined: ["Declined", "bad", "Somebody declined to sign.", "See what happened"],
  voided: ["Voided", "bad", "The sender voided the documents.", "See what happened"],
  expired: ["Expired", "bad", "The documents expired.", "See what happened"],
  autoresponded: ["Bounced", "bad", "A message could not be delivered.", "See what happened"],
  purge_warning: ["Purge", "warn", "The documents will be deleted.", "See what happened"],
};

const kindOf = (mail) => KINDS[mail.kind] || [mail.kind.replaceAll("_", " "), "", "There is an update on your documents.", "Open"];
const isText = (mail) => mail.channel !== "email";
const CHANNELS = { sms: ["Text", "Text message"], whatsapp: ["WhatsApp", "WhatsApp"], voice: ["Call", "Telephone call"] };
const chosen = () => Number(new URLSearchParams(location.hash.slice(1)).get("mail")) || null;

function filtered() {
  const to = $("to").value.trim().toLowerCase();
  const channel = $("channel").value;
  return mails.filter(
    (mail) => (!to || `${mail.name} ${mail.to}`.toLowerCase().includes(to)) && (!channel || (channel === "text") === isText(mail)),
  );
}

function item(mail) {
  const [words, tone] = kindOf(mail);
  const classes = `button.item${read.has(mail.id) ? "" : ".unread"}`;
  return h("li", {},
    h(classes, { type: "button", "data-id": mail.id, "aria-current": String(mail.id === chosen()) },
      avatar(mail.name || mail.to),
      h("span.item-who", {}, h("strong", {}, mail.name || mail.to), time(mail.at)),
      h("span.item-subject", {}, mail.subject),
      h("span.item-to", {}, pill(words, tone), isText(mail) && pill(CHANNELS[mail.channel][0]), h("span", {}, mail.to)),
    ),
  );
}

function avatar(name) {
  const made = h("span.avatar", { "aria-hidden": "true" }, name.split(/\s+/).slice(0, 2).map((word) => word[0] || "").join("").toUpperCase());
  made.style.setProperty("--hue", [...name].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 360, 7));
  return made;
}

function letter(mail) {
  const [, , sentence, action] = kindOf(mail);
  const button = mail.link && h("a.button", { href: mail.link, target: "_blank", rel: "noopener" }, action);
  const body = isText(mail)
    ? [h("div.bubble", {}, h("p", {}, mail.subject), h("p", {}, sentence), button)]
    : [h("div.call", {}, h("p", {}, sentence), button), mail.body && h("div.letter-text", {}, mail.body)];
  return [
    h("button.button.small.back", { type: "button", "data-back": true }, "All messages"),
    h("article.card.letter", {},
      h("header.letter-head", {},
        h("h2", {}, mail.subject),
        h("dl", {},
          h("dt", {}, "To"), h("dd", {}, mail.name ? `${mail.name} (${mail.to})` : mail.to),
          h("dt", {}, isText(mail) ? "By" : "From"), h("dd", {}, isText(mail) ? CHANNELS[mail.channel][1] : "Docusign emulator"),
          h("dt", {}, "Date"), h("dd", {}, new Date(mail.at).toLocaleString("en-GB", { dateStyle: "full", timeStyle: "medium" })),
        ),
      ),
      h("div.letter-body", {}, body),
      h("footer.letter-foot", {}, h("span", {}, `Kind: ${mail.kind.replaceAll("_", " ")}`), h("a", { href: `/_emulator/#envelope=${mail.envelopeId}` }, "Envelope in the console")),
    ),
  ];
}

function draw() {
  const found = filtered().reverse();
  show($("messages"), found.slice(0, MOST).map(item));
  $("more-hint").hidden = found.length > 0 && found.length <= MOST;
  $("more-hint").textContent = found.length ? `The newest ${MOST} of ${found.length}. Filter to see others.` : mails.length ? "No message matches." : "";
  show($("people"), [...new Set(mails.map((mail) => mail.to))].slice(-200).map((to) => h("option", { value: to })));
  const mail = mails.find((one) => one.id === chosen());
  $("mailbox").classList.toggle("reading", Boolean(mail));
  if (mail && !read.has(mail.id)) {
    read.add(mail.id);
    sessionStorage.setItem("read", JSON.stringify([...read].slice(-2000)));
    draw();
    return;
  }
  const nothing = mails.length
    ? [h("h2", {}, "Choose a message"), h("p", {}, "Newest ones are on top. The page refreshes by itself.")]
    : [h("h2", {}, "No messages yet"), h("p", {}, "When the application sends an envelope, the invitations appear here, each with the link that opens the documents for that person.")];
  if (show($("message"), mail ? letter(mail) : h("div.nothing", {}, nothing))) $("message").scrollTop = 0;
}

document.addEventListener("click", (event) => {
  const id = event.target.closest("[data-id]")?.dataset.id;
  if (id) location.hash = `mail=${id}`;
  if (event.target.closest("[data-back]")) location.hash = "";
});
$("messages").addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const items = [...$("messages").querySelectorAll(".item")];
  items[Math.min(Math.max(items.indexOf(document.activeElement) + step, 0), items.length - 1)]?.focus();
});
window.addEventListener("hashchange", () => {
  if (!mails) return;
  const focused = document.activeElement?.dataset?.id;
  draw();
  $("messages").querySelector(`[data-id="${focused}"]`)?.focus();
});
for (const id of ["to", "channel"]) $(id).addEventListener("input", () => mails && draw());
$("to").value = new URLSearchParams(location.search).get("to") || "";

watch(async () => {
  mails = (await api("GET", "mail")).mail;
  if (known && mails.length > known) $("new-mail").textContent = `New message for ${mails.at(-1).name || mails.at(-1).to}, ${clockTime(mails.at(-1).at)}`;
  known = mails.length;
  const focused = document.activeElement?.dataset?.id;
  draw();
  if (focused) $("messages").querySelector(`[data-id="${focused}"]`)?.focus();
}, (error) => error && show($("message"), h("div.nothing", {}, h("h2", {}, "The emulator does not answer"), h("p", {}, "Is it still running? This page tries again by itself."))));
