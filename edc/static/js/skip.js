// Shows and hides questions as their conditions say, while the CRF is being filled in.

import { scopeOf } from "./conditions.js";
import { allFields, isShown, readMissing, readValue, setShown } from "./fields.js";

function readContext(root) {
  const element = root.querySelector("#crf-context");
  return element ? JSON.parse(element.textContent) : {};
}

// An item is named CODE, or CODE.2 in the second row of a repeating group.
function nameOf(field) {
  const [code, row = ""] = field.dataset.item.split(".");
  return { code, row };
}

export function bindSkip(root) {
  const fields = allFields(root).map((field) => ({ field, ...nameOf(field) }));
  const conditional = fields.filter(({ field }) => field.dataset.shownWhen);
  if (!conditional.length) return;

  const context = readContext(root);
  // The conditions stand on the fields themselves; the context adds those of items without a field.
  const shown = { ...context.shown };
  for (const { field, code } of conditional) shown[code] = JSON.parse(field.dataset.shownWhen);

  // A row of a group reads its own items, and beyond them those that stand once on the page.
  function scopeOfRow(row) {
    const items = {};
    const missing = {};
    for (const { field, code } of fields.filter((one) => !one.row || one.row === row)) {
      const value = readValue(field);
      if (value !== null || !["calculated", "system"].includes(field.dataset.kind)) {
        items[code] = value;
      }
      missing[code] = readMissing(field);
    }
    return scopeOf({ ...context, shown }, items, missing);
  }

  function apply() {
    const scopes = new Map();
    for (const { field, code, row } of conditional) {
      if (!scopes.has(row)) scopes.set(row, scopeOfRow(row));
      const visible = scopes.get(row).shown(code);
      if (visible !== isShown(field)) setShown(field, visible);
    }
  }

  for (const kind of ["input", "change", "edc:calculated"]) root.addEventListener(kind, apply);
  apply();
}
