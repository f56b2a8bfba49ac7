// Makes cards for new rows of a repeating group, and takes away those that are not saved yet.
//
// The ways to say that an answer is not available stand back until one asks for them.
//
// The mould is a card of row 0. A row's fields are named CODE, and CODE.2 from the second row on.

const OF_MOULD = /\b([A-Z][A-Z0-9]*)\.0(?![0-9])/g;

function numbered(text, number) {
  return text.replace(OF_MOULD, number === 1 ? "$1" : `$1.${number}`);
}

function cast(mould, number) {
  const card = mould.content.firstElementChild.cloneNode(true);
  for (const element of [card, ...card.querySelectorAll("*")]) {
    for (const { name, value } of [...element.attributes]) {
      const renamed = numbered(value, number);
      if (renamed !== value) element.setAttribute(name, renamed);
    }
  }
  for (const words of card.querySelectorAll("[data-row-number]")) words.textContent = number;
  card.querySelector(":scope > input[type=hidden]").value = number;
  card.dataset.row = number;
  card.disabled = false;
  return card;
}

function isAnswered(card) {
  return [...card.elements].some((control) => {
    if (["hidden", "button", "fieldset", "output"].includes(control.type)) return false;
    return ["radio", "checkbox"].includes(control.type) ? control.checked : control.value !== "";
  });
}

function bindCard(card) {
  if ("bound" in card.dataset) return;
  card.dataset.bound = "";
  card.classList.add("crf-card--quiet");
  for (const button of card.querySelectorAll("[data-row-remove], [data-row-missing]")) {
    button.hidden = false;
  }
  const missing = card.querySelector("[data-row-missing]");
  missing?.addEventListener("click", () => {
    const isQuiet = card.classList.toggle("crf-card--quiet");
    missing.setAttribute("aria-pressed", String(!isQuiet));
  });
}

function bindGroup(group) {
  for (const card of group.querySelectorAll(":scope > [data-row]")) bindCard(card);
  const mould = group.querySelector("[data-row-mould]");
  const add = group.querySelector("[data-row-add]");
  if (!mould || !add) return;
  const cards = () => [...group.querySelectorAll(":scope > [data-row]")];
  const most = Number(group.dataset.most);

  function settle() {
    add.hidden = cards().length >= most;
    for (const card of cards()) bindCard(card);
  }

  // Questions that come and go look at the page again; nothing was typed yet.
  const tell = () => group.dispatchEvent(new Event("change", { bubbles: true }));

  add.addEventListener("click", () => {
    const taken = new Set(cards().map((card) => Number(card.dataset.row)));
    let number = 1;
    while (taken.has(number)) number += 1;
    const card = cast(mould, number);
    mould.before(card);
    settle();
    tell();
    card.querySelector("select, input:not([type=hidden])")?.focus();
  });

  group.addEventListener("click", (event) => {
    const button = event.target.closest("[data-row-remove]");
    if (!button) return;
    const card = button.closest("[data-row]");
    if (isAnswered(card) && !("armed" in button.dataset)) {
      // What was typed is lost with the card: the second press does it.
      button.dataset.armed = "";
      button.textContent = button.dataset.sure;
      return;
    }
    card.remove();
    settle();
    tell();
    add.focus();
  });

  // The blank card is for pages without script; the first row of all stays.
  const blank = group.querySelector("[data-row-blank]");
  if (blank && cards().length > 1) blank.remove();
  settle();
}

export function bindRowCards(root) {
  for (const group of root.querySelectorAll("[data-row-cards]")) bindGroup(group);
}
