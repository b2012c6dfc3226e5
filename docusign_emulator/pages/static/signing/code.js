// The page that asks for the access code.

import { post, Refused } from "./api.js";

const form = document.getElementById("code-form");
const input = document.getElementById("code");
const problem = document.getElementById("code-problem");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.textContent = "";
  try {
    await post("access-code", { code: input.value });
    location.reload();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    problem.textContent = error.message;
    input.setAttribute("aria-invalid", "true");
    input.select();
  }
});
