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
  if (!root.querySelector("[data-shown-when]")) return;
  const context = readContext(root);
  const conditions = new WeakMap();

  function conditionOf(field) {
    if (!conditions.has(field)) conditions.set(field, JSON.parse(field.dataset.shownWhen));
    return conditions.get(field);
  }

  // A row of a group reads its own items, and beyond them those that stand once on the page.
  function scopeOfRow(fields, row, shown) {
    const items = {};
    const missing = {};
    const own = new Set(fields.filter((one) => one.row === row).map((one) => one.code));
    for (const { field, code } of fields.filter(
      (one) => one.row === row || (!one.row && !own.has(one.code)),
    )) {
      const value = readValue(field);
      if (value !== null || !["calculated", "system"].includes(field.dataset.kind)) {
        items[code] = value;
      }
      missing[code] = readMissing(field);
    }
    return scopeOf({ ...context, shown }, items, missing);
  }

  // Looked for every time: rows of a group come and go.
  function apply() {
    const fields = allFields(root).map((field) => ({ field, ...nameOf(field) }));
    const conditional = fields.filter(({ field }) => field.dataset.shownWhen);
    // The conditions stand on the fields themselves; the context adds those of items without one.
    const shown = { ...context.shown };
    for (const { field, code } of conditional) shown[code] = conditionOf(field);
    const scopes = new Map();
    for (const { field, code, row } of conditional) {
      if (!scopes.has(row)) scopes.set(row, scopeOfRow(fields, row, shown));
      const visible = scopes.get(row).shown(code);
      if (visible !== isShown(field)) setShown(field, visible);
    }
  }

  for (const kind of ["input", "change", "edc:calculated"]) root.addEventListener(kind, apply);
  apply();
}
