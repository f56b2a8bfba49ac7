// Keeps calculated values up to date while their sources are typed; the server does the arithmetic.

import { setShown } from "./fields.js";
import { post, withoutFiles } from "./http.js";

const PAUSE = 450;

function bindForm(form) {
  let timer;
  let running;

  async function refresh() {
    running?.abort();
    running = new AbortController();
    try {
      const answer = await post(form.dataset.previewUrl, withoutFiles(form), {
        signal: running.signal,
      });
      if (!answer.ok) return;
      const { values = {}, codes = {}, hidden } = await answer.json();
      for (const output of form.querySelectorAll("[data-calculated]")) {
        const text = values[output.dataset.calculated];
        if (text === undefined) continue;
        output.textContent = text || "—";
        // A condition compares codes, not their wording.
        output.dataset.value = codes[output.dataset.calculated] ?? text;
      }
      // A question may hang on a calculated value.
      form.dispatchEvent(new CustomEvent("edc:calculated", { bubbles: true }));
      for (const item of hidden ?? []) {
        const field = form.querySelector(`[data-item="${CSS.escape(item)}"]`);
        if (field) setShown(field, false);
      }
    } catch {
      // Out of reach, or overtaken by the next keystroke: the values come with the save.
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, PAUSE);
  });
}

export function bindCalculated(root) {
  for (const form of root.querySelectorAll("form[data-preview-url]")) {
    if (form.querySelector("[data-calculated]")) bindForm(form);
  }
}
