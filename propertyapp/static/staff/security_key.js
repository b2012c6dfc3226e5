// A form with `data-security-key` is sent once the browser has made or used a security key; its answer goes along.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const canDoIt = window.PublicKeyCredential && PublicKeyCredential.parseCreationOptionsFromJSON;
  for (const form of document.querySelectorAll("form[data-security-key]")) {
    const told = form.querySelector("[data-told]");
    if (!canDoIt) {
      told.textContent = "This browser cannot use security keys.";
      continue;
    }
    const options = JSON.parse(document.getElementById("security-key-asked").textContent).publicKey;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      told.textContent = "Touch your key, or follow what the browser asks.";
      try {
        const credential =
          form.dataset.securityKey === "new"
            ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
            : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
        form.elements.answer.value = JSON.stringify(credential.toJSON());
        form.submit();
      } catch (error) {
        told.textContent =
          error.name === "InvalidStateError"
            ? "You have added this key already."
            : "The browser did not get an answer from a key. Try once more.";
      }
    });
  }
});
