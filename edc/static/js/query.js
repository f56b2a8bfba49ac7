// Acts on a query without leaving the page: what is typed on the CRF stays. The server draws the thread anew, also
// with what speaks against the act; where no answer comes, the words stay in their box.

import { post } from "./http.js";

// Typing an answer changes nothing on the CRF around it.
function keepApart(panel) {
  for (const kind of ["input", "change"]) panel.addEventListener(kind, (event) => event.stopPropagation());
}

async function ask(form, button) {
  const fields = new FormData(form);
  if (button?.name) fields.set(button.name, button.value);
  const answer = await post(form.action, fields);
  const isDrawn = answer.ok || answer.status === 409 || answer.status === 422;
  if (!isDrawn) throw new Error(`the query was answered ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("[data-query]");
}

export function bindQuery(root) {
  for (const panel of root.querySelectorAll("[data-query]")) keepApart(panel);

  root.addEventListener("submit", async (event) => {
    const form = event.target;
    const id = form.dataset?.queryForm;
    if (!id) return;
    event.preventDefault();
    if (form.dataset.asking) return;
    form.dataset.asking = "yes";
    const panel = root.getElementById(id);
    try {
      const drawn = root.importNode(await ask(form, event.submitter), true);
      panel.replaceWith(drawn);
      keepApart(drawn);
      drawn.focus();
    } catch {
      panel.querySelector("[data-query-unheard]").hidden = false;
    }
    delete form.dataset.asking;
  });
}
