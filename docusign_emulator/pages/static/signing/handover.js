// The dialog that hands the signing over to somebody else.

const dialog = document.getElementById("reassign");

export function openHandover() {
  document.getElementById("reassign-problem").textContent = "";
  dialog.showModal();
}

/** `assign` is given who signs instead and where to say what is wrong with it. */
export function setUpHandover(assign) {
  dialog?.querySelector("form").addEventListener("submit", (event) => {
    if (event.submitter?.value !== "reassign") return;
    event.preventDefault();
    const facts = [...dialog.querySelectorAll("[data-fact]")];
    assign(Object.fromEntries(facts.map((input) => [input.dataset.fact, input.value])), document.getElementById("reassign-problem"));
    facts.find((input) => !input.value.trim())?.focus();
  });
}
