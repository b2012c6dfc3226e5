// The menu of other actions, and the sheet that edits a field on a phone.

export function setUpMenu(opener, menu, actions) {
  const items = [...menu.children];
  const show = (open) => {
    menu.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    if (open) items[0].focus();
  };
  opener.addEventListener("click", () => show(menu.hidden));
  menu.addEventListener("click", (event) => {
    const action = event.target.closest("[data-action]")?.dataset.action;
    show(false);
    opener.focus();
    actions[action]?.();
  });
  menu.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      items.at((items.indexOf(document.activeElement) + step) % items.length).focus();
    } else if (event.key === "Escape") {
      show(false);
      opener.focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (!menu.hidden && !event.target.closest(".menu")) show(false);
  });
}

/** Answers a function that opens the sheet for one text field. */
export function setUpSheet(sheet, done) {
  const title = sheet.querySelector("h2");
  const place = sheet.querySelector("#sheet-place");
  const problem = sheet.querySelector("#sheet-problem");
  let field = null;
  let input = null;
  sheet.querySelector("form").addEventListener("submit", (event) => {
    field.control.value = input.value;
    field.update();
    if (field.filled && field.fault) {
      event.preventDefault();
      problem.textContent = field.fault;
    }
  });
  sheet.addEventListener("close", () => done());
  return (opened) => {
    field = opened;
    input = document.createElement(field.control.tagName);
    input.className = field.control.tagName === "TEXTAREA" ? "textarea" : "input";
    input.value = field.control.value;
    if (field.control.maxLength > 0) input.maxLength = field.control.maxLength;
    input.setAttribute("aria-label", field.name);
    title.textContent = field.name;
    problem.textContent = "";
    place.replaceChildren(input);
    sheet.showModal();
    input.focus();
  };
}
