// A second click on a button that sends something must not send it again, however slow the answer is.
// (The server refuses it as well; this only spares people the message.)
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-once")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button[type=submit]")) {
    button.setAttribute("aria-disabled", "true");
    button.classList.add("es-busy");
  }
});
// Coming back by the browser's Back button shows the form as it was, so it may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll(".es-busy")) {
      button.classList.remove("es-busy");
      button.removeAttribute("aria-disabled");
    }
  }
});
