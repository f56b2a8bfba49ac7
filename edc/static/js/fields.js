// Reading and showing the questions of a CRF page; the one place that knows how a field is laid out.

export function allFields(root) {
  return [...root.querySelectorAll("[data-item]")];
}

// A hidden field is a disabled fieldset: its inputs keep what was typed, and none of them is sent.
export function setShown(field, shown) {
  field.hidden = !shown;
  field.disabled = !shown;
}

export function isShown(field) {
  return !field.hidden;
}

// What stands in a field as canonical text: an array for several choices, null for nothing.
export function readValue(field) {
  const name = field.dataset.item;
  const control = (suffix) => field.querySelector(`[name="${CSS.escape(name + suffix)}"]`);
  switch (field.dataset.kind) {
    case "multi": {
      const picked = [...field.querySelectorAll(`[name="${CSS.escape(name)}"]:checked`)];
      return picked.length ? picked.map((input) => input.value) : null;
    }
    case "choice": {
      const list = field.querySelector("select[name]:not([name$='.missing'])");
      if (list && list.name === name) return list.value || null;
      return field.querySelector(`[name="${CSS.escape(name)}"]:checked`)?.value ?? null;
    }
    case "date":
    case "partial_date":
    case "datetime": {
      const part = (suffix, width) => {
        const text = control(suffix)?.value.trim() ?? "";
        return text && text.padStart(width, "0");
      };
      const pieces = [part(".year", 4), part(".month", 2), part(".day", 2)];
      const [year, month, day] = pieces;
      if (!year) return null;
      // A year alone is written so that it does not read as a number.
      if (!month) return `${year}--`;
      const text = day ? `${year}-${month}-${day}` : `${year}-${month}`;
      if (field.dataset.kind !== "datetime") return text;
      const time = part(".time", 5);
      return time ? `${text}T${time}+08:00` : text;
    }
    case "calculated":
    case "system":
      // Known here only once the server has worked it out anew; until then it stands in the context.
      return field.querySelector("[data-value]")?.dataset.value || null;
    default:
      return control("")?.value.trim() || null;
  }
}

export function readMissing(field) {
  const name = `${field.dataset.item}.missing`;
  return field.querySelector(`[name="${CSS.escape(name)}"]`)?.value || null;
}
