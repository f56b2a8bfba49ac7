// Shows and hides questions as their conditions say, while the CRF is being filled in.

import { evaluate } from "./conditions.js";
import { allFields, isShown, readMissing, readValue, setShown } from "./fields.js";

function readContext(root) {
  const element = root.querySelector("#crf-context");
  return element ? JSON.parse(element.textContent) : {};
}

export function bindSkip(root) {
  const fields = allFields(root);
  const conditional = fields.filter((field) => field.dataset.shownWhen);
  if (!conditional.length) return;

  const context = readContext(root);
  const byItem = new Map(fields.map((field) => [field.dataset.item, field]));
  const conditions = new Map(
    conditional.map((field) => [field, JSON.parse(field.dataset.shownWhen)]),
  );

  // What is not on this page was put into the context by the server; what is hidden reads as empty.
  const scope = {
    item(code) {
      const field = byItem.get(code);
      if (!field) return context.items?.[code] ?? null;
      return isShown(field) ? readValue(field) : null;
    },
    fact: (name) => context.facts?.[name] ?? null,
    foreign: (form, code, visit) =>
      context.foreign?.[visit ? `${visit}/${form}.${code}` : `${form}.${code}`] ?? null,
    previous: (code) => context.previous?.[code] ?? null,
    rows: (form) => context.rows?.[form] ?? [],
    isMissing(code) {
      const field = byItem.get(code);
      return Boolean(field && isShown(field) && readMissing(field));
    },
    isChanged: () => false,
    entry: (code, column) => context.entries?.[code]?.[column] ?? null,
  };

  function apply() {
    // A question may hang on another that is itself hidden: go round until nothing moves.
    for (let round = 0; round <= conditional.length; round += 1) {
      let moved = false;
      for (const [field, condition] of conditions) {
        const shown = Boolean(evaluate(condition, scope));
        if (shown !== isShown(field)) {
          setShown(field, shown);
          moved = true;
        }
      }
      if (!moved) return;
    }
  }

  root.addEventListener("input", apply);
  root.addEventListener("change", apply);
  apply();
}
