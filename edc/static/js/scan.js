// A scanner types what it reads and sends Enter: there Enter goes on to the next question and never sends the page.

const CONTROLS = "input:not([type='hidden']), select, textarea, button[type='submit']";

function isReachable(control) {
  return !control.disabled && !control.closest("[hidden], [disabled]") && control.offsetParent !== null;
}

// The next control after the field; what stands behind “not available” is not the next question.
function nextControl(control, root) {
  const own = control.closest("[data-item]");
  return [...root.querySelectorAll(CONTROLS)].find(
    (other) =>
      own.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING &&
      !own.contains(other) &&
      !other.closest(".crf-missing") &&
      !other.readOnly &&
      isReachable(other),
  );
}

export function bindScan(root) {
  for (const control of root.querySelectorAll("[data-scan]")) {
    control.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      control.value = control.value.trim();
      control.dispatchEvent(new Event("change", { bubbles: true }));
      nextControl(control, control.form ?? root)?.focus();
    });
    // A second scan replaces the first instead of being added to it.
    control.addEventListener("focus", () => control.select());
  }
}
