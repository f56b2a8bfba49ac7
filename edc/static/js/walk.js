// Leads by keys: J to the next and K to the previous, along the rows of a list or from one page to the one beside it.

function isTyping(target) {
  return target.closest?.("input:not([type=checkbox]), textarea, select, dialog, [contenteditable]");
}

function alongRows(list) {
  const links = [...list.querySelectorAll("tbody a.kit-table__stretch")];
  return (step) => {
    const at = links.indexOf(document.activeElement);
    const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
}

function beside(nav) {
  return (step) => nav.querySelector(`a[rel=${step > 0 ? "next" : "prev"}]`)?.click();
}

export function bindWalk(root) {
  const list = root.querySelector("[data-walk-list]");
  const nav = root.querySelector("[data-walk]");
  const go = list ? alongRows(list) : nav ? beside(nav) : null;
  if (!go) return;
  for (const hint of root.querySelectorAll("[data-walk-hint]")) hint.hidden = false;

  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
    const key = event.key.toLowerCase();
    if (key === "j" || key === "k") {
      event.preventDefault();
      go(key === "j" ? 1 : -1);
    } else if (key === "o") {
      root.querySelector("[data-walk-open]")?.click();
    }
  });
}
