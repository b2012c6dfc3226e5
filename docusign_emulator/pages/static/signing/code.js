// A form that asks for a code: the access code, or the one sent to a phone. `data-check` names it.

import { post, Refused } from "./api.js";

const form = document.getElementById("code-form");
const input = document.getElementById("code");
const problem = document.getElementById("code-problem");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.textContent = "";
  try {
    const { ok, triesLeft } = await post(form.dataset.check, { code: input.value });
    if (ok) return location.reload();
    throw new Refused(`That is not the code. You can try ${triesLeft === 1 ? "once" : `${triesLeft} times`} more.`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    problem.textContent = error.message;
    input.setAttribute("aria-invalid", "true");
    input.select();
    return undefined;
  }
});
