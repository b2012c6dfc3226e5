// Shows only the terms that belong to the chosen kind of an addendum. Each row of the form holds terms of one kind.
(function () {
  "use strict";

  const KIND = "select[name^='addenda-'][name$='-kind']";

  function showTermsOf(select) {
    const addendum = select.closest(".form-group");
    addendum.querySelectorAll("[data-addendum-kind]").forEach(function (field) {
      const row = field.closest(".field-row, .form-row");
      row.style.display = field.dataset.addendumKind === select.value ? "" : "none";
    });
  }

  function showTermsIn(root) {
    root.querySelectorAll(KIND).forEach(showTermsOf);
  }

  document.addEventListener("DOMContentLoaded", function () {
    showTermsIn(document);
  });
  document.addEventListener("formset:added", function (event) {
    showTermsIn(event.target);
  });
  document.addEventListener("change", function (event) {
    if (event.target.matches(KIND)) {
      showTermsOf(event.target);
    }
  });
})();
