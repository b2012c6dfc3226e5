// Step one: who receives the envelope, in which order.

import { h } from "../shared/dom.js";
import { KINDS } from "./model.js";

export function prepareStep(model, list, add) {
  function draw() {
    list.replaceChildren(...model.recipients.filter((one) => !one.remove).map(row));
  }

  function row(person) {
    const fixed = person.locked || !add;
    const id = `recipient-${person.recipientId}`;
    const input = (name, words, attributes) => {
      const control = h("input.input", { id: `${id}-${name}`, disabled: fixed, value: String(person[name] ?? ""), ...attributes });
      control.addEventListener("input", () => {
        person[name] = name === "routingOrder" ? Number(control.value) || 1 : control.value;
        model.recipientsChanged = true;
      });
      return h("div.field", {}, h("label", { for: control.id }, words), control);
    };
    const kind = h("select.select", { id: `${id}-kind`, disabled: fixed || !person.isNew }, Object.entries(KINDS).map(([value, words]) => h("option", { value, selected: value === person.kind }, words)));
    kind.addEventListener("change", () => (person.kind = kind.value));
    const made = h("li", {},
      input("routingOrder", "Order", { type: "number", min: "1", max: "99" }),
      input("name", person.roleName ? `Name (${person.roleName})` : "Name", { maxlength: "100", autocomplete: "off" }),
      input("email", "E-mail", { type: "email", maxlength: "100", autocomplete: "off" }),
      h("div.field", {}, h("label", { for: kind.id }, "What they do"), kind),
      fixed ? h("span.pill", {}, person.status || "") : h("button.button.small", { type: "button", "aria-label": `Remove ${person.name || "recipient"}`, onclick: () => remove(person) }, "Remove"),
    );
    made.style.setProperty("--hue", model.hue(person.recipientId));
    return made;
  }

  function remove(person) {
    model.removeRecipient(person);
    draw();
    add.focus();
  }

  add?.addEventListener("click", () => {
    const person = model.addRecipient();
    draw();
    document.getElementById(`recipient-${person.recipientId}-name`).focus();
  });
  draw();
  return { draw };
}
