// Brings the list of errors to the reader as soon as the page is there.

export function focusErrors(root) {
  root.querySelector("[data-error-summary]")?.focus();
}
