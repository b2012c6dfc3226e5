// The dialog to pay what finishing asks for.

import { element } from "./pages.js";

const $ = (id) => document.getElementById(id);
const METHODS = { CreditCard: ["By card", "Card number"], BankAccount: ["From a bank account", "Account number"] };

/** Show the total and what it is for. `asked`: total, items, methods, saves. */
export function openPayment(asked) {
  $("pay-total").textContent = asked.total;
  $("pay-items").replaceChildren(...asked.items.map(line));
  $("pay-methods").replaceChildren($("pay-methods").firstElementChild, ...asked.methods.map(choice));
  $("pay-methods").hidden = asked.methods.length < 2;
  $("pay-number-label").textContent = METHODS[asked.methods[0]][1];
  $("pay-saves").hidden = !asked.saves;
  $("pay-problem").textContent = "";
  $("pay").showModal();
  $("pay-number").focus();
}

/** Have `pay(payment, place)` called when the person pays; `place` is where a refusal is told. */
export function setUpPayment(pay) {
  $("pay").querySelector("form").addEventListener("submit", (event) => {
    if (event.submitter?.value !== "pay") return;
    event.preventDefault();
    const method = $("pay-methods").querySelector("input:checked").value;
    pay({ method, number: $("pay-number").value }, $("pay-problem"));
  });
}

function line(item) {
  const row = element("tr");
  const name = element("th");
  name.scope = "row";
  name.textContent = item.description ? `${item.name}, ${item.description}` : item.name;
  const amount = element("td");
  amount.textContent = item.amount;
  row.append(name, amount);
  return row;
}

function choice(method, place) {
  const label = element("label", "tick");
  const input = element("input");
  Object.assign(input, { type: "radio", name: "pay-method", value: method, checked: place === 0 });
  input.addEventListener("change", () => {
    $("pay-number-label").textContent = METHODS[method][1];
    $("pay-number").value = $("pay-problem").textContent = "";
  });
  const words = element("span");
  words.textContent = METHODS[method][0];
  label.append(input, " ", words);
  return label;
}
