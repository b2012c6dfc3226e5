// Step two: fields on the pages. Arm a kind of field and click, or drag what is there, or use the keyboard.

import { h } from "../shared/dom.js";
import { drawPages } from "../signing/pages.js";
import { propertiesOf } from "./properties.js";

export function placeStep(model, state, { pages, whose, tiles, properties, desk }) {
  const sizes = new Map(state.documents.flatMap((one) => one.pages.map((page, index) => [`${one.documentId}/${index + 1}`, page])));
  const names = Object.fromEntries([...tiles.children].map((tile) => [tile.dataset.kind, tile.textContent]));
  const panel = propertiesOf(properties, model, names, { changed: () => draw(), remove: removeChosen, close: () => choose(null) });
  let layers = new Map();
  let armed = null;
  let chosen = null;
  let ghost = null;

  function show() {
    if (!layers.size) {
      layers = drawPages(state.documents, pages);
      for (const [key, layer] of layers) listen(key, layer);
    }
    const before = whose.value;
    whose.replaceChildren(...model.signers.map((one) => h("option", { value: one.recipientId }, one.name || one.roleName || `Recipient ${one.recipientId}`)));
    if (model.signers.some((one) => one.recipientId === before)) whose.value = before;
    tint();
    draw();
  }

  function tint() {
    desk.style.setProperty("--hue", model.hue(whose.value));
    for (const tile of tiles.children) tile.disabled = !whose.value;
  }

  function arm(kind) {
    armed = armed === kind ? null : kind;
    desk.classList.toggle("armed", Boolean(armed));
    for (const tile of tiles.children) tile.setAttribute("aria-pressed", String(tile.dataset.kind === armed));
    if (!armed) dropGhost();
  }

  function draw() {
    for (const layer of layers.values()) layer.querySelectorAll(".spot").forEach((spot) => spot.remove());
    for (const tab of model.tabs) layers.get(`${tab.documentId}/${tab.page}`)?.append(spot(tab));
    panel.show(chosen);
  }

  function spot(tab) {
    const owner = model.recipients.find((one) => one.recipientId === tab.recipientId);
    const fixed = !owner || owner.locked;
    const words = tab.tabLabel && !/[0-9a-f]{8}-/.test(tab.tabLabel) ? tab.tabLabel : names[tab.tabType] || "Field";
    const made = h(`button.spot${tab.required ? "" : ".optional"}${fixed ? ".fixed" : ""}`, {
      type: "button",
      "aria-pressed": String(tab === chosen),
      "aria-label": `${words} for ${owner?.name || "a recipient"}, page ${tab.page}`,
      title: `${words}: ${owner?.name || ""}`,
    }, tab.w > 30 ? words : "");
    made.style.setProperty("--hue", model.hue(tab.recipientId));
    put(made, tab);
    if (!fixed) {
      made.addEventListener("click", () => choose(tab));
      made.addEventListener("pointerdown", (event) => drag(event, made, tab));
      made.addEventListener("keydown", (event) => byKey(event, tab));
    }
    made.tab = tab;
    return made;
  }

  function put(element, { x, y, w, h: height }) {
    for (const [side, value] of [["left", x], ["top", y], ["width", w], ["height", height]]) element.style[side] = `calc(var(--pt) * ${value})`;
  }

  function choose(tab) {
    chosen = tab;
    for (const layer of layers.values()) layer.querySelectorAll(".spot").forEach((one) => one.setAttribute("aria-pressed", String(one.tab === tab)));
    panel.show(tab);
  }

  function place(key, x, y) {
    const [documentId, page] = [key.slice(0, key.lastIndexOf("/")), Number(key.slice(key.lastIndexOf("/") + 1))];
    const tab = model.addTab(armed, whose.value, documentId, page, 0, 0);
    move(tab, x - tab.w / 2, y - tab.h / 2);
    arm(armed);
    chosen = tab;
    draw();
    focusChosen();
  }

  function focusChosen() {
    for (const layer of layers.values()) [...layer.querySelectorAll(".spot")].find((one) => one.tab === chosen)?.focus({ preventScroll: true });
  }

  function move(tab, x, y) {
    const size = sizes.get(`${tab.documentId}/${tab.page}`);
    tab.x = Math.round(Math.min(Math.max(x, 0), size.w - tab.w));
    tab.y = Math.round(Math.min(Math.max(y, 0), size.h - tab.h));
    model.tabsChanged = true;
  }

  function listen(key, layer) {
    const size = sizes.get(key);
    layer.tabIndex = 0;
    layer.setAttribute("aria-label", `Page ${key.slice(key.lastIndexOf("/") + 1)}. With a field chosen, Enter places it here.`);
    layer.setAttribute("role", "group");
    const point = (event) => {
      const box = layer.getBoundingClientRect();
      return [((event.clientX - box.left) * size.w) / box.width, ((event.clientY - box.top) * size.h) / box.height];
    };
    layer.addEventListener("click", (event) => armed && event.target === layer && place(key, ...point(event)));
    layer.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && armed && event.target === layer) place(key, size.w / 2, size.h / 2);
      if (event.key === "Escape" && armed) arm(armed);
    });
    layer.addEventListener("pointermove", (event) => {
      if (!armed || event.pointerType === "touch") return;
      const [w, height] = model.size(armed);
      const [x, y] = point(event);
      ghost ||= h("div.ghost");
      if (ghost.parentNode !== layer) layer.append(ghost);
      put(ghost, { x: x - w / 2, y: y - height / 2, w, h: height });
    });
    layer.addEventListener("pointerleave", dropGhost);
  }

  function dropGhost() {
    ghost?.remove();
  }

  function drag(event, element, tab) {
    const scale = sizes.get(`${tab.documentId}/${tab.page}`).w / element.parentNode.clientWidth;
    const from = { x: event.clientX, y: event.clientY, left: tab.x, top: tab.y };
    element.setPointerCapture(event.pointerId);
    const follow = (now) => {
      if (Math.hypot(now.clientX - from.x, now.clientY - from.y) < 3) return;
      move(tab, from.left + (now.clientX - from.x) * scale, from.top + (now.clientY - from.y) * scale);
      put(element, tab);
    };
    const end = () => element.removeEventListener("pointermove", follow);
    element.addEventListener("pointermove", follow);
    element.addEventListener("pointerup", end, { once: true });
    element.addEventListener("pointercancel", end, { once: true });
  }

  function byKey(event, tab) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] || [0, 0];
    if (dx || dy) {
      event.preventDefault();
      const far = event.shiftKey ? 10 : 1;
      move(tab, tab.x + dx * far, tab.y + dy * far);
      put(event.currentTarget, tab);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      chosen = tab;
      removeChosen();
    }
  }

  function removeChosen() {
    model.removeTab(chosen);
    chosen = null;
    draw();
    whose.focus();
  }

  tiles.addEventListener("click", (event) => {
    const kind = event.target.closest("[data-kind]")?.dataset.kind;
    if (kind) arm(kind);
  });
  whose.addEventListener("change", tint);
  return { show };
}
