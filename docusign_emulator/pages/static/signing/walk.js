// The way from one required field to the next, shown by a flag in the margin (or the dock on small screens).

const HERE = { signature: "Sign", initials: "Initial", checkbox: "Tick", radio: "Choose", list: "Choose", attachment: "Attach" };

export class Walk {
  constructor(fields, { flag, main, finish, begun }) {
    this.fields = fields;
    this.flag = flag;
    this.main = main;
    this.finish = finish;
    this.begun = begun;
    this.started = false;
    this.current = null;
    flag.addEventListener("click", () => this.advance());
    window.addEventListener("resize", () => this.place());
  }

  /** Required fields without a value; a group of radios counts once. */
  left() {
    const groups = new Set();
    return this.fields.filter((field) => {
      if (!field.required || !field.shown || field.filled) return false;
      const group = field.kind === "radio" ? field.tab.groupName : field;
      return !groups.has(group) && groups.add(group);
    });
  }

  /** What the flag and the dock's button do: the next field that wants a value, or the end. */
  advance() {
    if (this.left().length) this.next();
    else this.finish();
  }

  /** Go to the next field after `from` that wants a value; stay when none does. */
  next(from = this.current) {
    const left = this.left();
    const after = from && left.find((field) => this.fields.indexOf(field) > this.fields.indexOf(from));
    if (left.length) {
      this.go(after || left[0]);
    } else {
      this.current = null;
      this.place();
    }
  }

  go(field) {
    this.started = true;
    this.current = field;
    field.box.scrollIntoView({ block: "center", behavior: calm() ? "auto" : "smooth" });
    field.control.focus({ preventScroll: true });
    this.place();
  }

  /** The word on the flag and the dock's button. */
  word() {
    const left = this.left();
    if (!left.length) return "Finish";
    if (!this.started) return "Start";
    if (this.current && left.includes(this.current)) return HERE[this.current.kind] || "Next";
    return "Next";
  }

  place() {
    const left = this.left();
    this.flag.hidden = !this.begun() || !this.fields.some((field) => field.fillable);
    if (this.flag.hidden) return;
    const word = this.word();
    this.flag.firstElementChild.textContent = word === "Sign" || word === "Initial" ? "Sign here" : word;
    const target = left.includes(this.current) ? this.current : left[0];
    const at = (target?.box || this.main.querySelector(".page:last-of-type")).getBoundingClientRect();
    const frame = this.main.getBoundingClientRect();
    const page = this.main.querySelector(".page").getBoundingClientRect();
    const top = target ? at.top + at.height / 2 : at.bottom - 30;
    this.flag.style.top = `${top - frame.top - 19}px`;
    this.flag.style.left = `${page.left - frame.left - 116}px`;
  }
}

function calm() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}
