// Chooses an answer by the key that is its code: 0 to 9, Y, N. In a grid the next row is then at hand.

const FULL_ZERO = 0xff10;

function plain(key) {
  const code = key.charCodeAt(0) - FULL_ZERO;
  return key.length === 1 && code >= 0 && code <= 9 ? String(code) : key.toUpperCase();
}

function firstRadio(field) {
  return field.querySelector("input[type=radio]:checked") ?? field.querySelector("input[type=radio]");
}

function nextRow(field) {
  const rows = [...field.parentElement.querySelectorAll(":scope > [data-item]")];
  return rows
    .slice(rows.indexOf(field) + 1)
    .find((row) => !row.hidden && !row.disabled && firstRadio(row));
}

export function bindChoose(root) {
  root.addEventListener("keydown", (event) => {
    const from = event.target;
    if (!(from instanceof HTMLInputElement) || from.type !== "radio") return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const field = from.closest("[data-item]");
    const key = plain(event.key);
    const answers = field?.querySelectorAll(`input[type=radio][name="${CSS.escape(from.name)}"]`) ?? [];
    const answer = [...answers].find((one) => one.value === key && !one.disabled);
    if (!answer) return;
    event.preventDefault();
    answer.focus();
    if (!answer.checked) answer.click();
    if (field.parentElement.matches("[data-rows]")) firstRadio(nextRow(field) ?? field).focus();
  });
}
