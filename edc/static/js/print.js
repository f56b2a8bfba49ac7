// A button marked data-print opens the browser's own print dialog; without script it stays away.

export function bindPrint(root) {
  for (const button of root.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}
