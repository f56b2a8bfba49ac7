// Ticks every box of a list at once.

export function bindPick(root) {
  for (const all of root.querySelectorAll("[data-pick-all]")) {
    const box = all.querySelector("input");
    const boxes = () => all.closest("form").querySelectorAll("tbody input[type=checkbox]");
    all.hidden = false;
    box.addEventListener("change", () => {
      for (const one of boxes()) one.checked = box.checked;
    });
  }
}
