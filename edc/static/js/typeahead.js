// Lets a long list be searched by typing, in either language. The select stays and is what the form sends;
// without script it is used as it is. The pattern is the ARIA combobox with a listbox.

const MOST = 60;

function words(text) {
  return text.toLowerCase().normalize("NFKC").split(/\s+/).filter(Boolean);
}

function bindSelect(select) {
  const options = [...select.options]
    .filter((option) => option.value)
    .map((option) => ({
      value: option.value,
      text: option.text,
      other: option.dataset.search ?? "",
      haystack: `${option.text} ${option.dataset.search ?? ""}`.toLowerCase().normalize("NFKC"),
    }));
  const { id } = select;
  const doc = select.ownerDocument;
  const make = (tag, attributes) => {
    const element = doc.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };

  const box = make("div", { class: "kit-typeahead" });
  const input = make("input", {
    class: `govuk-input kit-input${select.classList.contains("govuk-select--error") ? " govuk-input--error" : ""}`,
    id,
    type: "text",
    role: "combobox",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    placeholder: select.dataset.prompt,
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": `${id}-options`,
  });
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  }
  const label = doc.querySelector(`label[for="${CSS.escape(id)}"]`);
  if (label && !label.id) label.id = `${id}-label`;
  const list = make("ul", { class: "kit-typeahead__list", id: `${id}-options`, role: "listbox", hidden: "" });
  if (label) list.setAttribute("aria-labelledby", label.id);
  const status = make("div", { class: "kit-typeahead__status", role: "status" });

  // The label and the list of errors lead to what is typed into.
  select.id = `${id}-select`;
  select.hidden = true;
  select.tabIndex = -1;
  select.after(box);
  box.append(input, list, status);

  let shown = [];
  let active = -1;

  const chosenText = () => select.selectedOptions[0]?.value ? select.selectedOptions[0].text : "";

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    status.textContent = "";
  }

  function mark(place) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = place;
    const option = list.children[active];
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  }

  function open(text) {
    const wanted = words(text);
    const found = options.filter((option) => wanted.every((word) => option.haystack.includes(word)));
    // What begins with the words comes before what only holds them.
    const starts = (option) => wanted.length > 0 && option.haystack.startsWith(wanted[0]);
    shown = [...found.filter(starts), ...found.filter((option) => !starts(option))].slice(0, MOST);
    list.replaceChildren(
      ...shown.map((option, place) => {
        const item = make("li", {
          class: "kit-typeahead__option",
          id: `${id}-option-${place}`,
          role: "option",
          "aria-selected": "false",
        });
        item.textContent = option.text;
        if (option.other) {
          const other = make("span", { class: "kit-typeahead__other" });
          other.textContent = option.other;
          item.append(other);
        }
        return item;
      }),
    );
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = shown.length === 0;
    input.setAttribute("aria-expanded", String(shown.length > 0));
    status.textContent = found.length
      ? select.dataset.many.replace("{count}", found.length)
      : select.dataset.none;
    if (wanted.length && shown.length) mark(0);
  }

  function choose(value) {
    if (select.value !== value) {
      select.value = value;
      for (const kind of ["input", "change"]) select.dispatchEvent(new Event(kind, { bubbles: true }));
    }
    input.value = chosenText();
    close();
  }

  input.addEventListener("input", () => open(input.value));
  input.addEventListener("click", () => list.hidden && open(""));
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", () => {
    // Emptied, the answer is taken back; half a word changes nothing.
    if (!input.value.trim()) choose("");
    else input.value = chosenText();
    close();
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const isOpen = !list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) return open("");
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark((active + step + shown.length) % shown.length);
    } else if (event.key === "Enter" && isOpen) {
      event.preventDefault();
      if (active >= 0) choose(shown[active].value);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      input.value = chosenText();
      close();
    } else if (event.key === "Tab" && isOpen && active >= 0 && input.value.trim() !== chosenText()) {
      choose(shown[active].value);
    }
  });
  // Pressed, not clicked: the field must not be left before the choice is made.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) choose(shown[[...list.children].indexOf(item)].value);
  });

  input.value = chosenText();
}

export function bindTypeahead(root) {
  for (const select of root.querySelectorAll("select[data-typeahead]")) bindSelect(select);
}
