// What can be said about the chosen field.

import { h } from "../shared/dom.js";

const VALUED = new Set(["textTabs", "companyTabs", "titleTabs"]);
const ALWAYS = new Set(["dateSignedTabs", "fullNameTabs", "emailAddressTabs"]);

export function propertiesOf(place, model, names, { changed, remove, close }) {
  function field(words, control) {
    control.id = `property-${words.toLowerCase().replaceAll(/\W+/g, "-")}`;
    return h("div.field", {}, h("label", { for: control.id }, words), control);
  }

  function input(tab, name, attributes = {}) {
    const made = h("input.input", { value: String(tab[name] ?? ""), autocomplete: "off", ...attributes });
    made.addEventListener("change", () => {
      tab[name] = attributes.type === "number" ? Number(made.value) || tab[name] : made.value;
      model.tabsChanged = true;
      changed();
    });
    return made;
  }

  function show(tab) {
    if (!tab) {
      place.replaceChildren();
      return;
    }
    const owner = h("select.select", {}, model.signers.map((one) => h("option", { value: one.recipientId, selected: one.recipientId === tab.recipientId }, one.name || one.roleName || one.recipientId)));
    owner.addEventListener("change", () => {
      tab.recipientId = owner.value;
      delete tab.tabId; // it becomes a field of somebody else
      model.tabsChanged = true;
      changed();
    });
    const required = h("input", { type: "checkbox", checked: tab.required });
    required.addEventListener("change", () => {
      tab.required = required.checked;
      model.tabsChanged = true;
      changed();
    });
    const options = h("textarea.textarea", {}, (tab.options || []).join("\n"));
    options.addEventListener("change", () => {
      tab.options = options.value.split("\n").map((line) => line.trim()).filter(Boolean);
      if (tab.tabType === "radioGroupTabs") tab.h = 14 + 20 * (Math.max(tab.options.length, 1) - 1);
      model.tabsChanged = true;
      changed();
    });
    place.replaceChildren(...[
      h("div.properties-head", {}, h("h2", {}, names[tab.tabType] || "Field"), h("button.button.small.quiet", { type: "button", onclick: close }, "Done")),
      field("For", owner),
      field("Label", input(tab, tab.tabType === "radioGroupTabs" ? "groupName" : "tabLabel", { maxlength: "500" })),
      !ALWAYS.has(tab.tabType) && h("label.tick", {}, required, " Required"),
      VALUED.has(tab.tabType) && field("Value", input(tab, "value")),
      tab.options && field("Choices, one a line", options),
      VALUED.has(tab.tabType) && field("Width", input(tab, "w", { type: "number", min: "20", max: "600" })),
      tab.anchorString && h("p.hint", {}, `Placed by the anchor ${tab.anchorString}`),
      h("button.button.small.danger", { type: "button", onclick: remove }, "Remove field"),
    ].filter(Boolean));
  }

  return { show };
}
