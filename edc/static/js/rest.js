// Gives the usual answer to every question of a section that offers it and is not answered yet, in one tap.

import { allFields, isShown, readMissing, readValue } from "./fields.js";

export function bindRest(root) {
  for (const button of root.querySelectorAll("[data-rest]")) {
    const answer = `input[type=radio][value="${CSS.escape(button.dataset.rest)}"]:not(:disabled)`;
    button.hidden = false;
    button.addEventListener("click", () => {
      for (const field of allFields(button.closest("section"))) {
        if (isShown(field) && readValue(field) === null && !readMissing(field)) {
          field.querySelector(answer)?.click();
        }
      }
    });
  }
}
