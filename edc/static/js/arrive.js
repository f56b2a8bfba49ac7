// Sends a CRF only while the server answers. What is typed is first kept as a draft, so that a save that does not
// arrive loses nothing; where no answer comes the page stays, for the browser's own page would take its place.

import { isUnsaved } from "./draft.js";
import { post, withoutFiles } from "./http.js";

const WAIT = 10_000;

// "heard", "unheard", or "ended" where nobody is signed in any more.
async function ask(form) {
  try {
    const answer = await post(form.dataset.draftUrl, withoutFiles(form), {
      redirect: "manual",
      signal: AbortSignal.timeout(WAIT),
    });
    // A token that is refused is one of another session.
    if (answer.type === "opaqueredirect" || answer.status === 400) return "ended";
    return answer.status >= 500 ? "unheard" : "heard";
  } catch {
    return "unheard";
  }
}

export function bindArrive(root) {
  let asking = false;
  let cleared = null;

  // Before all others: a form that is not sent must not count as sent.
  root.addEventListener(
    "submit",
    async (event) => {
      const form = event.target;
      if (!form.dataset.draftUrl || form === cleared || !isUnsaved(form)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (asking) return;
      asking = true;
      const found = await ask(form);
      asking = false;
      if (found !== "heard") {
        root.querySelector(`dialog[data-arrive="${found}"]`)?.showModal();
        return;
      }
      cleared = form;
      form.requestSubmit(event.submitter);
      cleared = null;
    },
    { capture: true },
  );

  for (const dialog of root.querySelectorAll("dialog[data-arrive]")) {
    dialog.querySelector("button").addEventListener("click", () => dialog.close());
  }
}
