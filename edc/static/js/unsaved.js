// Warns before a page with unsaved input is left. A form drawn again after a refusal starts as unsaved.

export function bindUnsaved(root) {
  for (const form of root.querySelectorAll("form[data-unsaved]")) {
    let leavingBySubmit = false;

    form.addEventListener("input", () => {
      form.dataset.unsaved = "dirty";
    });
    form.addEventListener("submit", (event) => {
      leavingBySubmit = !event.defaultPrevented;
    });
    // Another behaviour may refuse the submission after us.
    root.addEventListener("submit", (event) => {
      if (event.target === form) leavingBySubmit = !event.defaultPrevented;
    });
    window.addEventListener("pageshow", () => {
      leavingBySubmit = false;
    });
    window.addEventListener("beforeunload", (event) => {
      const unsaved = form.dataset.unsaved === "dirty";
      if (unsaved && !leavingBySubmit && !("expired" in document.body.dataset)) event.preventDefault();
    });
  }
}
