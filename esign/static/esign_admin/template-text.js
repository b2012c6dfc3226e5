// The editor of a template text: line numbers, pages that follow the text, what is wrong and where, values to put in.
// Without a script the form still saves, and the server answers with the same sentences.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("wd-form");
  if (!form) return;
  const find = (name) => form.querySelector(`[data-${name}]`);
  const text = find("text"), numbers = find("numbers"), pages = find("pages"), lease = find("lease");
  const reads = form.hasAttribute("data-reads");
  const TOO_LONG = "The server did not take it. If the text is very long, shorten it; else try again.";
  let kept = text.value, said = "";

  // --- line numbers: each as high as its line, which may wrap ---
  const mirror = document.createElement("div");
  mirror.className = "wd-mirror";
  mirror.setAttribute("aria-hidden", "true");
  document.body.append(mirror);
  let badLines = new Set();

  function number() {
    const lines = text.value.split("\n");
    const style = getComputedStyle(text);
    mirror.style.width = `${text.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)}px`;
    mirror.replaceChildren(...lines.map((line) => {
      const div = document.createElement("div");
      div.textContent = line || "\u200b";
      return div;
    }));
    const heights = Array.from(mirror.children, (div) => div.offsetHeight);
    numbers.replaceChildren(...heights.map((height, index) => {
      const i = document.createElement("i");
      i.textContent = index + 1;
      i.style.height = `${height}px`;
      if (badLines.has(index + 1)) i.className = "wd-bad";
      return i;
    }));
    follow();
  }
  const follow = () => { numbers.scrollTop = text.scrollTop; };
  text.addEventListener("scroll", follow);
  new ResizeObserver(number).observe(text);

  function goTo(line) {
    const before = text.value.split("\n").slice(0, line - 1).join("\n");
    const start = before.length + (line > 1 ? 1 : 0);
    const end = text.value.indexOf("\n", start);
    text.focus();
    text.setSelectionRange(start, end < 0 ? text.value.length : end);
    const row = numbers.children[line - 1];
    if (row) text.scrollTop = Math.max(0, row.offsetTop - numbers.offsetTop - text.clientHeight / 3);
    text.scrollIntoView({ block: "nearest" });
  }

  // --- what was found ---
  function show(findings, heading, { look = false } = {}) {
    const card = find("findings-card");
    const blocking = findings.filter((finding) => finding.blocks);
    card.hidden = !heading;
    card.classList.remove("es-bad", "es-warning", "es-good");
    card.classList.add(blocking.length ? "es-bad" : findings.length ? "es-warning" : "es-good");
    find("findings-said").textContent = heading;
    const list = document.createElement("ul");
    list.className = "wd-findings";
    for (const finding of findings) {
      const item = document.createElement("li"), icon = document.createElement("span"), words = document.createElement("span");
      item.className = finding.blocks ? "es-bad" : "es-warning";
      icon.className = "material-symbols-outlined";
      icon.setAttribute("aria-hidden", "true");
      icon.textContent = finding.blocks ? "error" : "info";
      if (finding.line) {
        const jump = document.createElement("button");
        jump.type = "button";
        jump.textContent = `Line ${finding.line}.`;
        jump.addEventListener("click", () => goTo(finding.line));
        words.append(jump, " ");
      }
      words.append(finding.message);
      item.append(icon, words);
      list.append(item);
    }
    find("findings").replaceChildren(...(findings.length ? [list] : []));
    find("findings").hidden = !findings.length;
    badLines = new Set(blocking.map((finding) => finding.line));
    number();
    if (look) card.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  // --- asking the server ---
  async function ask(url, signal) {
    const response = await fetch(url, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, signal });
    if (!(response.headers.get("Content-Type") || "").includes("json")) throw new Error(TOO_LONG);
    return response.json();
  }
  function tooLong() {
    const most = Number(form.dataset.most || 0);
    if (!most || text.value.length <= most) return false;
    const message = `The text has ${text.value.length.toLocaleString("en")} characters; a document template may have ${most.toLocaleString("en")}.`;
    show([{ message, blocks: true }], "Too long");
    return true;
  }

  let latest = null, timer = 0;
  function soon(wait = 500) {
    clearTimeout(timer);
    timer = setTimeout(preview, wait);
  }
  async function preview() {
    latest?.abort();
    const mine = (latest = new AbortController());
    if (tooLong()) return;
    pages.classList.add("wd-busy");
    try {
      const answer = await ask(form.dataset.preview, mine.signal);
      if (mine !== latest) return;
      const findings = answer.findings;
      // Why a save was refused stays until the text is changed, whenever the preview of that text arrives.
      if (said !== "refused" && (said !== "check" || findings.length)) show(findings, findings.length ? "The preview waits for this" : "");
      pages.classList.toggle("wd-stale", !answer.pages);
      if (answer.pages) draw(answer);
      if (answer.variables) list(answer.variables);
    } catch (error) {
      if (error.name !== "AbortError" && said !== "refused") show([{ message: error.message, blocks: true }], "The preview could not be made");
    } finally {
      if (mine === latest) pages.classList.remove("wd-busy");
    }
  }
  function draw(answer) {
    const top = pages.scrollTop;
    answer.pages.forEach((source, index) => {
      let picture = pages.querySelectorAll("img")[index];
      if (!picture) {
        if (index === 0) pages.replaceChildren();
        picture = document.createElement("img");
        pages.append(picture);
      }
      picture.alt = `Page ${index + 1}`;
      if (picture.src !== source) picture.src = source;
    });
    Array.from(pages.querySelectorAll("img")).slice(answer.pages.length).forEach((extra) => extra.remove());
    const more = answer.count > answer.pages.length ? `, the first ${answer.pages.length} shown` : "";
    find("pages-said").textContent = `${answer.count} page${answer.count === 1 ? "" : "s"}${more} · ${answer.on}`;
    pages.scrollTop = top;
  }

  // --- values to put in ---
  const filters = { amount: "|money", date: "|long_date" };
  function list(variables) {
    const panel = find("variables");
    if (!panel) return;
    panel.replaceChildren(...variables.filter(([, kind]) => kind !== "list").map(([name, kind, example]) => {
      const button = document.createElement("button"), code = document.createElement("code"), value = document.createElement("span");
      button.type = "button";
      code.textContent = name;
      value.textContent = value.title = kind === "empty" ? "empty here" : example;
      button.dataset.words = `${name} ${example}`.toLowerCase();
      button.append(code, value);
      button.addEventListener("click", () => put(kind === "yes/no" ? `{% if ${name} %}…{% endif %}` : `{{ ${name}${filters[kind] || ""} }}`));
      return button;
    }));
    narrow();
  }
  function put(words) {
    text.focus();
    // execCommand keeps the browser's own undo, which setRangeText does not
    if (!document.execCommand("insertText", false, words)) text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
    changed();
  }
  function narrow() {
    const wanted = (find("filter")?.value || "").trim().toLowerCase();
    for (const button of find("variables").querySelectorAll("button")) button.hidden = !button.dataset.words.includes(wanted);
  }
  find("filter")?.addEventListener("input", narrow);

  // --- writing and saving ---
  const state = find("state");
  const tell = (words) => { if (state) state.textContent = words; };
  function changed() {
    said = "";
    number();
    tell(text.value === kept ? "Saved" : "Not saved yet");
    soon();
  }
  lease?.addEventListener("change", () => soon(0));
  lease?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // it asks for another lease, and is no press on Save
    soon(0);
  });
  if (reads) {
    preview();
    return;
  }
  text.addEventListener("input", changed);
  form.note?.addEventListener("input", () => tell("Not saved yet"));

  async function save() {
    if (tooLong()) return;
    tell("Saving…");
    const sent = text.value;
    try {
      const answer = await ask(form.action || location.href);
      if (answer.saved) {
        kept = sent;
        form.seen.value = answer.seen;
        if (said === "refused") show([], "");
        said = "";
        tell(text.value === kept ? "Saved" : "Not saved yet");
      } else {
        tell("Not saved");
        said = "refused";
        show(answer.findings, "Nothing was saved", { look: true });
      }
    } catch (error) {
      tell("Not saved");
      said = "refused";
      show([{ message: error.message, blocks: true }], "Nothing was saved", { look: true });
    }
  }
  form.addEventListener("submit", (event) => {
    if (tooLong()) event.preventDefault();
    else if (!event.submitter?.hasAttribute("data-keeps")) {
      event.preventDefault();
      save();
    } else if (event.submitter.name === "then") kept = text.value; // it is saved on the way
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      save();
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (text.value !== kept) event.preventDefault();
  });

  find("check-now").addEventListener("click", async (event) => {
    if (tooLong()) return;
    const button = event.currentTarget;
    button.classList.add("es-busy");
    try {
      const { findings } = await ask(form.dataset.check);
      const blocking = findings.filter((finding) => finding.blocks).length;
      said = "check";
      show(findings, blocking ? "It cannot be published yet" : findings.length ? "It can be published; read this first" : "Nothing stands in the way of publishing it", { look: true });
    } catch (error) {
      show([{ message: error.message, blocks: true }], "The check could not be made");
    } finally {
      button.classList.remove("es-busy");
    }
  });
  if (!find("findings").querySelector("li")) preview();
  else fetchPagesOnly();

  // The server has just said what is wrong: leave its sentences, and show the pages as far as there are any.
  async function fetchPagesOnly() {
    try {
      const answer = await ask(form.dataset.preview);
      if (answer.pages) draw(answer);
      if (answer.variables) list(answer.variables);
    } catch { /* the sentences above say why */ }
  }
});
