// Keeps what is typed on a CRF as a draft: before an idle session ends, and whenever the page leaves the screen,
// for a tablet that is put to sleep runs no clock.

import { post, withoutFiles } from "./http.js";

export function isUnsaved(form) {
  return form.dataset.unsaved === "dirty" && !form.dataset.submitted;
}

// Whether the draft was kept; null where there is nothing to keep.
export async function keepDraft(root, options = {}) {
  const form = root.querySelector("form[data-draft-url]");
  if (!form || !isUnsaved(form)) return null;
  try {
    return (await post(form.dataset.draftUrl, withoutFiles(form), options)).ok;
  } catch {
    return false;
  }
}

export function bindDraft(root) {
  if (!root.querySelector("form[data-draft-url]")) return;
  root.addEventListener("visibilitychange", () => {
    if (root.visibilityState === "hidden" && !("expired" in document.body.dataset)) {
      keepDraft(root, { keepalive: true });
    }
  });
}
