// Folds and unfolds a group of visits in the casebook. Without script the same link draws the page anew.

export function bindFold(root) {
  const toggles = [...root.querySelectorAll("[data-fold-toggle]")];

  function set(toggle, open) {
    toggle.setAttribute("aria-expanded", String(open));
    for (const row of toggle.closest("[data-fold]").querySelectorAll("[data-folds]")) row.hidden = !open;
  }

  for (const toggle of toggles) {
    toggle.addEventListener("click", (event) => {
      event.preventDefault();
      set(toggle, toggle.getAttribute("aria-expanded") !== "true");
    });
  }

  // A page that leads back to a visit opens the group in which it is folded away, and keeps the head in sight.
  const row = location.hash.length > 1 && root.getElementById(decodeURIComponent(location.hash.slice(1)));
  const scroller = row?.closest?.(".kit-scroll");
  if (!scroller) return;
  if (row.hidden) set(row.closest("[data-fold]").querySelector("[data-fold-toggle]"), true);
  const show = () => {
    scroller.scrollTop = row.offsetTop - (scroller.clientHeight - row.offsetHeight) / 2;
    scroller.scrollIntoView({ block: "nearest" });
  };
  show();
  // The browser looks for the address's own mark once more when everything is there.
  window.addEventListener("load", () => requestAnimationFrame(show));
}
