// How the identity check ends is the visitor's choice.

import { post, Refused } from "./api.js";

document.querySelector(".actions").addEventListener("click", async (event) => {
  const button = event.target.closest("[data-passed]");
  if (!button) return;
  try {
    const { ok } = await post("identity", { passed: Boolean(button.dataset.passed) });
    if (ok) location.reload();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    document.getElementById("problem").textContent = error.message;
  }
});
