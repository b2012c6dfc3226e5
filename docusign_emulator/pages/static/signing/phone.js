// Has a one-time code sent to the phone; code.js asks for it.

import { post, Refused } from "./api.js";

const $ = (id) => document.getElementById(id);
const form = $("send-form");
const own = $("own");

form.addEventListener("change", () => {
  if (own) own.hidden = form.elements.number.value !== "own";
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  $("send-problem").textContent = "";
  const chosen = form.elements.number.value;
  try {
    const sent = await post("phone-code/send", { number: chosen === "own" ? own.value : chosen, way: event.submitter.value });
    $("sent-to").textContent = `${sent.way === "voice" ? "We call" : "We sent a text to"} ${sent.to}.`;
    ask(true);
    $("code").value = "";
    $("code").focus();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    $("send-problem").textContent = error.message;
  }
});

$("again").addEventListener("click", () => {
  ask(false);
  form.querySelector("button").focus();
});

function ask(forCode) {
  form.hidden = forCode;
  $("code-form").hidden = !forCode;
  $("code-problem").textContent = "";
}
