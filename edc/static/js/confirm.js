// Asks once more before a button marked data-confirm="sentence" does what it says.

export function bindConfirm(root) {
  const dialog = root.querySelector("#confirm-dialog");
  let asking = null;

  root.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-confirm]");
    if (!button || button === asking) return;
    event.preventDefault();
    if (!dialog) {
      if (window.confirm(button.dataset.confirm)) press(button);
      return;
    }
    dialog.querySelector("#confirm-text").textContent = button.dataset.confirm;
    dialog.returnValue = "";
    dialog.showModal();
    dialog.addEventListener("close", () => dialog.returnValue === "yes" && press(button), {
      once: true,
    });
  });

  dialog?.querySelector("[data-confirm-yes]").addEventListener("click", () => dialog.close("yes"));
  dialog?.querySelector("[data-confirm-no]").addEventListener("click", () => dialog.close("no"));

  function press(button) {
    asking = button;
    button.click();
    asking = null;
  }
}
