// Small helpers for the inbox and the console.

/** An element: h("a.button", {href: "/", onclick: f}, "words", otherElement). Falsy children are left out. */
export function h(selector, attributes = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return made;
}

/** Put `children` into `place`, only when what they say changed: what is selected or focused stays so. */
export function show(place, ...children) {
  const next = h("div", {}, ...children);
  if (place.dataset.shown === next.innerHTML) return false;
  place.dataset.shown = next.innerHTML;
  place.replaceChildren(...next.childNodes);
  return true;
}

export async function api(method, path, body) {
  const answer = await fetch(`/_emulator/api/${path}`, {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body ? JSON.stringify(body) : undefined,
  });
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(data.error || `The emulator answered ${answer.status}.`);
  return data;
}

/** Call `look` about once a second while the page is seen, more rarely when it takes long; answers a way to hurry it. */
export function watch(look, trouble = () => {}) {
  let timer = 0;
  let running = false;
  const turn = async () => {
    clearTimeout(timer);
    if (running) return;
    running = true;
    const start = performance.now();
    try {
      await look();
      trouble(null);
    } catch (error) {
      trouble(error);
    }
    running = false;
    timer = setTimeout(document.hidden ? wait : turn, Math.max(1000, (performance.now() - start) * 5));
  };
  const wait = () => document.addEventListener("visibilitychange", turn, { once: true });
  turn();
  return turn;
}

/** A moment as "14:03:22" today and "24 Nov, 14:03" on other days; `now` is the emulator's. */
export function clockTime(stamp, now = new Date().toISOString()) {
  if (!stamp) return "";
  const at = new Date(stamp);
  const sameDay = at.toDateString() === new Date(now).toDateString();
  return at.toLocaleString("en-GB", sameDay ? { hour: "2-digit", minute: "2-digit", second: "2-digit" } : { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

export function time(stamp, now) {
  return h("time", { datetime: stamp, title: new Date(stamp).toString() }, clockTime(stamp, now));
}

export function pill(words, tone = "") {
  return h(`span.pill${tone ? `.${tone}` : ""}`, {}, words);
}

export function short(id) {
  return id ? h("code", { title: id }, id.slice(0, 8)) : "";
}
