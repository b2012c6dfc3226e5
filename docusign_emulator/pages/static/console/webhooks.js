// Connect deliveries: what was posted where, what came back, and what is still to come.

import { api, h, pill, short, show, time } from "../shared/dom.js";

const TONES = { delivered: "good", failed: "bad", dropped: "bad", pending: "warn", held: "warn", queued: "info" };
const MOST = 200;

export function webhooksView(view, desk) {
  const bar = h("div.tools");
  const list = h("div.card.scroll");
  const opened = new Set();
  view.append(bar, list);
  view.addEventListener("click", async (event) => {
    const { does, id, show: which } = event.target.closest("button, [data-show]")?.dataset || {};
    if (does === "resend") {
      const sent = await desk.act("POST", `deliveries/${id}/resend`, {});
      if (sent) desk.say(sent.error ? `Sent again: ${sent.error}` : "Sent again, and taken.", Boolean(sent.error));
    } else if (does === "flush") {
      const sent = await desk.act("POST", "deliveries/flush", {});
      if (sent) desk.say(`${sent.deliveries.length} sent, ${sent.deliveries.filter((one) => one.state === "delivered").length} taken.`);
    } else if (does) {
      await desk.act("POST", `connect/${does}`, {}, does === "hold" ? "Messages wait from now on." : "Messages go out again.");
    } else if (which) {
      opened.has(which) ? opened.delete(which) : opened.add(which);
      desk.refresh();
    }
  });

  return {
    async refresh() {
      const { deliveries, waiting, held } = await api("GET", `deliveries?last=${MOST}`);
      show(bar,
        held ? h("button.button.primary", { type: "button", "data-does": "release" }, "Release held messages") : h("button.button", { type: "button", "data-does": "hold" }, "Hold all messages"),
        h("button.button", { type: "button", "data-does": "flush", disabled: !waiting }, `Deliver everything waiting now (${waiting})`),
        held && pill("Messages are held", "warn"));
      if (!deliveries.length) {
        show(list, h("div.nothing", {}, h("h2", {}, "No webhook messages yet"), h("p", {}, "They appear when an envelope with an eventNotification, or an account with a Connect configuration, changes.")));
        return;
      }
      const rows = deliveries.reverse().flatMap((one) => row(one, desk.now, opened.has(String(one.id))));
      show(list, h("table.stack", {}, h("thead", {}, h("tr", {}, ["State", "Event", "Sent to", "Tries", "Created", "Actions"].map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, rows)));
    },
  };
}

function row(one, now, open) {
  const last = one.tries.at(-1);
  return [
    h("tr", {},
      h("td", {}, pill(one.state, TONES[one.state])),
      h("td", {}, h("div", {}, h("strong", {}, one.event), h("div.sub", {}, h("a", { href: `#envelope=${one.envelope_id}` }, short(one.envelope_id)), ` ${one.subject}`))),
      h("td", {}, h("div", {}, h("span", {}, one.url), h("div.sub", {}, one.error || (last ? `answered ${last.status}` : "not tried yet")), one.state !== "delivered" && one.next_at && h("div.sub", {}, "next try ", time(one.next_at, now)))),
      h("td", { "data-head": "Tries" }, `${one.tries.length}${one.hmac ? ", signed" : ""}`),
      h("td", {}, time(one.at, now)),
      h("td", {}, h("div.people", {}, h("button.button.small", { type: "button", "data-does": "resend", "data-id": one.id }, "Resend"), h("button.button.small.quiet", { type: "button", "data-show": one.id, "aria-expanded": String(open) }, open ? "Hide body" : "Body"))),
    ),
    open && h("tr", {}, h("td", { colspan: "6" }, h("pre", {}, JSON.stringify(one.body, null, 2)))),
  ];
}
