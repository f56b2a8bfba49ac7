// Turns full-width figures into plain ones when a field for numbers is left: １２３．５ becomes 123.5.

const FULL_ZERO = 0xff10;
const SIGNS = { "．": ".", "。": ".", "：": ":", "－": "-", "—": "-", "−": "-", "／": "/", "　": " " };

export function plainDigits(text) {
  return text
    .replace(/[０-９]/g, (digit) => String(digit.charCodeAt(0) - FULL_ZERO))
    .replace(/[．。：－—−／　]/g, (sign) => SIGNS[sign])
    .trim();
}

export function bindDigits(root) {
  root.addEventListener("focusout", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || !("digits" in input.dataset)) return;
    const plain = plainDigits(input.value);
    if (plain !== input.value) {
      input.value = plain;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
}
