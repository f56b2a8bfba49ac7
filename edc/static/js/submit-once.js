// Lets a form be sent once: a second press of a gloved finger does nothing.

export function bindSubmitOnce(root) {
  for (const form of root.querySelectorAll("form[data-submit-once]")) {
    const buttons = () => [...form.elements].filter((element) => element.type === "submit");

    form.addEventListener("submit", (event) => {
      if (form.dataset.submitted) {
        event.preventDefault();
        return;
      }
      form.dataset.submitted = "yes";
      // Not `disabled`: the name and value of the button pressed must still be sent.
      for (const button of buttons()) button.setAttribute("aria-disabled", "true");
    });

    // Back from the next page, the form may be sent again.
    window.addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      delete form.dataset.submitted;
      for (const button of buttons()) button.removeAttribute("aria-disabled");
    });
  }
}
