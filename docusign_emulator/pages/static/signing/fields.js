// The fields on the pages. Each is a Field: an element in its place, a value, and whether it still wants one.

import { element } from "./pages.js";
import { drawnSignature } from "./handwriting.js";

const narrow = window.matchMedia("(max-width: 640px)");
const FILLED_BY_CLICK = new Set(["signature", "initials"]);

/** One field. `actions` are what a field asks the page for: sign, attach, decline, approve, edit, changed. */
export class Field {
  constructor(tab, actions, readOnly) {
    this.tab = tab;
    this.actions = actions;
    this.kind = tab.kind;
    this.fillable = !readOnly && !tab.locked && !["date", "note", "formula", "view"].includes(tab.kind);
    this.required = this.fillable && tab.required && !["approve", "decline"].includes(tab.kind);
    this.name = tab.tooltip || readable(tab.tabLabel) || NAMES[tab.kind] || "Field";
    if (tab.kind === "radio") this.name += `: ${tab.option}`;
    this.signature = null;
    this.attached = tab.kind === "attachment" && Boolean(tab.value);
    this.box = element("div", `tab ${tab.kind}`);
    this.box.style.left = points(tab.x);
    this.box.style.top = points(tab.y);
    this.box.style.width = points(tab.w);
    this.box.style.height = points(tab.h);
    this.box.style.fontSize = points(Number(tab.fontSize) || 9);
    this.control = this.fillable ? this.build() : this.fixed();
    this.update();
  }

  /** Where the field comes in the order of reading. */
  get place() {
    return [this.tab.page, this.tab.y, this.tab.x];
  }

  get shown() {
    return !this.box.hidden;
  }

  get filled() {
    if (FILLED_BY_CLICK.has(this.kind)) return this.signature !== null;
    if (this.kind === "attachment") return this.attached;
    if (this.kind === "checkbox") return this.control.checked;
    if (this.kind === "radio") return this.group.some((field) => field.control.checked);
    if (["approve", "decline"].includes(this.kind)) return true;
    return this.control.value.trim() !== "";
  }

  /** The radios of the same group; a field that is none is alone. */
  group = [this];

  get value() {
    if (["checkbox", "radio"].includes(this.kind)) return String(this.control.checked);
    if (FILLED_BY_CLICK.has(this.kind)) return this.signature ? "true" : "";
    return this.control.value ?? "";
  }

  /** What a conditional field compares its parent with. */
  get state() {
    if (this.kind === "checkbox") return this.control.checked ? "on" : "off";
    if (this.kind === "radio") return this.group.find((field) => field.control.checked)?.tab.option ?? "";
    return this.fillable ? this.control.value : String(this.tab.value ?? "");
  }

  /** Words for what is wrong with the value, or "". */
  get fault() {
    if (this.required && !this.filled) return MISSING[this.kind] || "Fill in this field.";
    const { validationPattern: pattern, validationMessage: words } = this.tab;
    if (pattern && this.kind === "text" && this.filled && !matches(pattern, this.control.value)) {
      return words || "This is not in the form that was asked for.";
    }
    return "";
  }

  sign(signature) {
    this.signature = signature;
    this.control.replaceChildren(drawnSignature(this.kind, signature, this.tab.w, this.tab.h));
    this.control.setAttribute("aria-label", `${this.name}: signed as ${this.kind === "initials" ? signature.initials : signature.name}`);
    this.update();
  }

  attach(fileName) {
    this.attached = true;
    this.control.textContent = fileName;
    this.control.setAttribute("aria-label", `${this.name}: ${fileName} attached`);
    this.update();
  }

  update() {
    this.box.classList.toggle("optional", this.fillable && !this.required);
    this.box.classList.toggle("filled", this.fillable && this.filled);
    if (!this.fault) this.mark("");
  }

  mark(fault) {
    this.box.classList.toggle("missing", Boolean(fault));
    this.control.toggleAttribute?.("aria-invalid", Boolean(fault));
    if (fault) this.control.setAttribute("aria-invalid", "true");
  }

  fixed() {
    this.box.classList.add("fixed");
    if (this.kind === "view") {
      this.box.textContent = this.tab.buttonText || "View";
    } else if (["checkbox", "radio"].includes(this.kind)) {
      this.box.textContent = this.tab.value === "true" ? "✓" : "";
    } else if (!FILLED_BY_CLICK.has(this.kind)) {
      this.box.textContent = this.tab.value ?? "";
    }
    return this.box;
  }

  build() {
    const make = BUILDERS[this.kind] || BUILDERS.text;
    const control = make(this);
    control.setAttribute("aria-label", control.tagName === "BUTTON" ? `${control.textContent}: ${this.name}` : this.name);
    if (this.required && !FILLED_BY_CLICK.has(this.kind) && control.tagName !== "BUTTON") control.required = true;
    this.box.append(control);
    control.addEventListener(control.tagName === "BUTTON" ? "click" : "change", () => this.actions.changed(this));
    return control;
  }
}

const NAMES = { signature: "Signature", initials: "Initials", checkbox: "Tick box", list: "Choice", attachment: "Attachment" };
const MISSING = {
  signature: "Sign here.",
  initials: "Put your initials here.",
  checkbox: "Tick this box.",
  radio: "Choose one of these.",
  list: "Choose from the list.",
  attachment: "Attach a file here.",
};

const KEYBOARDS = { numberTabs: "decimal", numericalTabs: "decimal", emailTabs: "email", phoneNumberTabs: "tel", zipTabs: "numeric" };

const BUILDERS = {
  signature: (field) => button("Sign", () => field.actions.sign(field)),
  initials: (field) => button("Initial", () => field.actions.sign(field)),
  attachment: (field) => button(field.tab.value || "Attach", () => field.actions.attach(field)),
  approve: (field) => button(field.tab.buttonText || "Approve", () => field.actions.approve(field)),
  decline: (field) => button(field.tab.buttonText || "Decline", () => field.actions.decline(field)),
  checkbox(field) {
    field.box.classList.add("tickable");
    const box = element("input", "box");
    box.type = "checkbox";
    box.checked = field.tab.value === "true";
    return box;
  },
  radio(field) {
    field.box.classList.add("tickable", "round");
    const box = element("input", "box");
    box.type = "radio";
    box.name = field.tab.groupName || field.tab.tabLabel;
    box.value = field.tab.option;
    box.checked = field.tab.value === "true";
    return box;
  },
  list(field) {
    const list = element("select");
    list.append(new Option("Choose…", ""));
    for (const option of field.tab.options || []) list.append(new Option(option.text, option.value));
    list.value = field.tab.value || "";
    return list;
  },
  text(field) {
    const tall = field.tab.h >= 30;
    const input = element(tall ? "textarea" : "input");
    if (!tall) input.type = "text";
    input.value = field.tab.value ?? "";
    input.inputMode = KEYBOARDS[field.tab.tabType] || "text";
    if (Number(field.tab.maxLength) > 0) input.maxLength = Number(field.tab.maxLength);
    input.addEventListener("input", () => field.actions.changed(field));
    // On a phone the box on the page is too small to type in: it opens a sheet instead.
    const adapt = () => {
      input.readOnly = narrow.matches;
      field.box.classList.toggle("phone-text", narrow.matches);
    };
    adapt();
    narrow.addEventListener("change", adapt);
    const open = () => narrow.matches && field.actions.edit(field);
    input.addEventListener("click", open);
    input.addEventListener("keydown", (event) => event.key === "Enter" && open());
    return input;
  },
};

function button(words, act) {
  const made = element("button", "", words);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

function points(number) {
  return `calc(var(--pt) * ${number})`;
}

/** A label meant for people: the default ones are a type and a GUID. */
function readable(label) {
  return label && !/[0-9a-f]{8}-[0-9a-f]{4}-/i.test(label) ? label.replace(/[_]+/g, " ") : "";
}

function matches(pattern, value) {
  try {
    return new RegExp(`^(?:${pattern})$`).test(value);
  } catch {
    return true; // a pattern browsers do not understand is left to the service
  }
}
