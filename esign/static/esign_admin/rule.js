// Hides the fields of a rule that do not count for what is chosen in others, and sections of which nothing is left.
// Without this script all are shown; the server ignores the same ones.
(function () {
  "use strict";

  const LINE = ".form-row";

  function valueOf(form, name) {
    const field = form.elements[name];
    return field.type === "checkbox" ? field.checked : field.value;
  }

  function counts(form, field) {
    const when = Object.entries(JSON.parse(field.dataset.countsWhen));
    return when.every(([name, values]) => values.includes(valueOf(form, name)));
  }

  function showWhatCounts(form) {
    form.querySelectorAll("[data-counts-when]").forEach(function (field) {
      field.closest(LINE).style.display = counts(form, field) ? "" : "none";
    });
    form.querySelectorAll("fieldset").forEach(function (section) {
      const lines = Array.from(section.querySelectorAll(LINE));
      section.style.display = lines.some((line) => line.style.display !== "none") ? "" : "none";
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    const form = document.getElementById("batchrule_form");
    if (form && form.querySelector("[data-counts-when]")) {
      showWhatCounts(form);
      form.addEventListener("change", () => showWhatCounts(form));
    }
  });
})();
