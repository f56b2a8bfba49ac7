// Warns before an idle session ends: what was typed is first kept as a draft, then the clock is shown.

import { keepDraft } from "./draft.js";
import { post } from "./http.js";

const SHARED = "edc-last-active";
const PING_EVERY = 60_000;

function clock(seconds) {
  const left = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}

export function bindIdle(root) {
  const dialog = root.querySelector("dialog[data-idle]");
  if (!dialog) return;

  const warnAfter = Number(dialog.dataset.warnAfter) * 1000;
  const endAfter = Number(dialog.dataset.endAfter) * 1000;
  const count = dialog.querySelector("[data-idle-count]");
  let lastPing = Date.now();
  let warned = false;

  // Work in another window of the same browser counts as well; only a time of day is shared.
  const touch = () => localStorage.setItem(SHARED, String(Date.now()));
  const lastActive = () => Number(localStorage.getItem(SHARED)) || Date.now();

  async function ping() {
    lastPing = Date.now();
    try {
      return (await post(dialog.dataset.pingUrl)).ok;
    } catch {
      return false;
    }
  }

  async function keepInput() {
    const kept = await keepDraft(root);
    dialog.querySelector("[data-idle-saved]").hidden = kept !== true;
    dialog.querySelector("[data-idle-unsaved]").hidden = kept !== false;
  }

  function onActivity() {
    if (warned) return;
    touch();
    // The server counts too, and typing alone would not reach it. It must not end before the warning.
    if (Date.now() - lastPing > Math.min(PING_EVERY, warnAfter / 3)) ping();
  }

  async function stay() {
    touch();
    await ping();
    warned = false;
    dialog.close();
  }

  async function tick() {
    const idle = Date.now() - lastActive();
    if (idle >= endAfter) {
      document.body.dataset.expired = "";
      // Keeping the draft lengthened the session: it is ended, not only left.
      const leave = dialog.querySelector("form[data-idle-end]");
      leave.elements.idle.value = "1";
      leave.submit();
      return;
    }
    if (idle >= warnAfter && !warned) {
      warned = true;
      await keepInput();
      dialog.showModal();
    } else if (idle < warnAfter && warned) {
      // Somebody is at work in another window.
      warned = false;
      dialog.close();
    }
    if (warned) count.textContent = clock((endAfter - (Date.now() - lastActive())) / 1000);
  }

  for (const kind of ["pointerdown", "keydown", "input", "scroll"]) {
    root.addEventListener(kind, onActivity, { passive: true, capture: true });
  }
  dialog.querySelector("[data-idle-stay]").addEventListener("click", stay);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    stay();
  });
  touch();
  setInterval(tick, 1000);
}
