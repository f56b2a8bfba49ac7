// The laboratory grid: Enter and the arrows go down and up the results, a button changes the unit.

const RESULTS = "input[inputmode], select";

function inputOf(row) {
  const side = row.classList.contains("crf-lab__row--other") ? ".crf-lab__other" : ".crf-lab__own";
  const control = row.querySelector(`${side} .crf-field__row > .kit-affix input, ${side} .crf-field__row > select, ${side} input[type=radio]`);
  return control && !control.closest("[hidden]") && !control.readOnly && !control.disabled ? control : null;
}

function step(row, by) {
  const rows = [...row.parentElement.querySelectorAll("[data-lab-row]")];
  for (let at = rows.indexOf(row) + by; at >= 0 && at < rows.length; at += by) {
    const found = inputOf(rows[at]);
    if (found) return found;
  }
  return null;
}

function bindKeys(grid) {
  grid.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = event.target.closest("[data-lab-row]");
    if (!row || !event.target.matches(RESULTS) || event.target !== inputOf(row)) return;
    // A list keeps its own arrows.
    const arrows = event.target instanceof HTMLInputElement;
    const by = { Enter: 1, ArrowDown: arrows && 1, ArrowUp: arrows && -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = step(row, by);
    next?.focus();
    next?.select?.();
  });
}

// What was typed goes along to the other unit: it is the figure on the paper, whatever it means.
function changeUnit(row, button) {
  const own = row.querySelector(".crf-lab__own .kit-affix input");
  const other = row.querySelector(".crf-lab__other .kit-affix input");
  const toOther = !row.classList.contains("crf-lab__row--other");
  const [from, to] = toOther ? [own, other] : [other, own];
  to.value = from.value;
  from.value = "";
  show(row, button, toOther);
  to.dispatchEvent(new Event("input", { bubbles: true }));
  to.dispatchEvent(new Event("change", { bubbles: true }));
  to.focus();
}

function show(row, button, isOther) {
  row.classList.toggle("crf-lab__row--other", isOther);
  const [own, other] = button.dataset.units.split(" ");
  button.querySelector("[data-lab-unit-text]").textContent = isOther ? other : own;
}

function bindUnit(button) {
  const row = button.closest("[data-lab-row]");
  const other = row.querySelector(".crf-lab__other .kit-affix input");
  button.hidden = false;
  show(row, button, other.value.trim() !== "");
  button.addEventListener("click", () => changeUnit(row, button));
  // The result follows from what was reported: what stood there before must not contradict it.
  other.addEventListener("input", () => {
    row.querySelector(".crf-lab__own .kit-affix input").value = "";
  });
}

// In the table of limits Enter and the arrows stay in their column too.
function bindColumns(table) {
  table.addEventListener("keydown", (event) => {
    const from = event.target;
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!(from instanceof HTMLInputElement)) return;
    const by = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const end = from.name.split(".").pop();
    const cell = from.closest("td").cellIndex;
    const column = [...table.querySelectorAll(`input[name$=".${end}"]`)].filter(
      (input) => input.closest("td").cellIndex === cell,
    );
    const next = column[column.indexOf(from) + by];
    next?.focus();
    next?.select();
  });
}

export function bindLaboratory(root) {
  for (const grid of root.querySelectorAll("[data-lab]")) {
    grid.classList.add("crf-lab--live");
    bindKeys(grid);
  }
  for (const button of root.querySelectorAll("[data-lab-unit]")) bindUnit(button);
  for (const table of root.querySelectorAll("[data-limits]")) bindColumns(table);
}
