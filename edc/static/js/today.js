// Fills a date with today, the calendar day at the site, which the page carries.

export function bindToday(root) {
  const today = root.documentElement.dataset.today ?? "";
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(today);
  if (!found) return;
  const values = { year: found[1], month: found[2], day: found[3] };

  for (const button of root.querySelectorAll("[data-fill-today]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      for (const input of button.parentElement.querySelectorAll("input[data-part]")) {
        if (!(input.dataset.part in values)) continue;
        input.value = values[input.dataset.part];
        input.dispatchEvent(new Event("input", { bubbles: true }));
      }
    });
  }
}
