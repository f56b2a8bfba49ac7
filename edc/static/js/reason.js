// Asks for a reason only while a stored value stands changed, and says how many do. Without script it always asks.

function plain(name, text, kind) {
  const value = text.trim();
  if (/\.(year|month|day)$/.test(name)) return value.replace(/^0+(?=\d)/, "");
  if (kind !== "integer" && kind !== "decimal") return value;
  const [whole, places = ""] = value.split(".");
  const kept = places.replace(/0+$/, "");
  return kept ? `${whole}.${kept}` : whole;
}

// What a field would send, or what is stored: control → values, as one text that can be compared.
function asText(controls, kind) {
  return JSON.stringify(
    controls
      .map(([name, values]) => [name, values.map((value) => plain(name, value, kind)).filter(Boolean)])
      .filter(([, values]) => values.length)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

function sent(field) {
  const controls = new Map();
  for (const control of field.elements) {
    const isOff = ["radio", "checkbox"].includes(control.type) && !control.checked;
    if (!control.name || control.disabled || isOff) continue;
    controls.set(control.name, [...(controls.get(control.name) ?? []), control.value]);
  }
  return [...controls];
}

export function bindReason(root) {
  const block = root.querySelector("[data-reason]");
  const form = block?.closest("form");
  const stored = JSON.parse(root.querySelector("#crf-context")?.textContent ?? "{}").stored;
  if (!form || !stored) return;
  const count = block.querySelector("[data-reason-count]");

  function isChanged([item, controls]) {
    const field = form.querySelector(`[data-item="${CSS.escape(item)}"]`);
    if (!field || field.disabled || field.dataset.readOnly !== undefined) return false;
    const kind = field.dataset.kind;
    return asText(sent(field), kind) !== asText(Object.entries(controls), kind);
  }

  function apply() {
    const changed = Object.entries(stored).filter(isChanged).length;
    block.hidden = changed === 0;
    // What is out of sight is not sent.
    for (const fieldset of block.querySelectorAll("fieldset")) fieldset.disabled = changed === 0;
    const words = changed === 1 ? count.dataset.one : count.dataset.many.replace("99", changed);
    count.textContent = changed ? words : "";
  }

  // On the document, after the questions have been shown and hidden.
  for (const kind of ["input", "change"]) root.addEventListener(kind, apply);
  apply();
}
