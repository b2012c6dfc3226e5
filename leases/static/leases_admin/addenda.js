// Shows only the terms that belong to the chosen kind of an addendum.
(function () {
  "use strict";

  function showTermsOf(select) {
    const addendum = select.closest(".inline-related") || select.form;
    addendum.querySelectorAll("[data-addendum-kind]").forEach(function (field) {
      const box = field.closest(".form-row .field-line, [class*='field-'][class*='__'], .field-row > div") || field.parentElement;
      box.hidden = field.dataset.addendumKind !== select.value;
    });
  }

  function kinds(root) {
    return root.querySelectorAll("select[name$='-kind']");
  }

  document.addEventListener("DOMContentLoaded", function () {
    kinds(document).forEach(showTermsOf);
  });
  document.addEventListener("change", function (event) {
    if (event.target.matches && event.target.matches("select[name$='-kind']")) {
      showTermsOf(event.target);
    }
  });
  document.addEventListener("formset:added", function (event) {
    kinds(event.target).forEach(showTermsOf);
  });
})();
