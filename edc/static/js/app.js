// Binds every behaviour to the pages that ask for it by a data- attribute. A page works without any of them.

import { bindCalculated } from "./calculated.js";
import { bindConfirm } from "./confirm.js";
import { bindDigits } from "./digits.js";
import { focusErrors } from "./errors.js";
import { bindIdle } from "./idle.js";
import { bindSkip } from "./skip.js";
import { bindSubmitOnce } from "./submit-once.js";
import { bindUnsaved } from "./unsaved.js";

// Digits come first: what others read on the same event is then already in plain figures.
for (const bind of [
  bindDigits,
  bindSkip,
  bindCalculated,
  bindUnsaved,
  bindConfirm,
  bindSubmitOnce,
  bindIdle,
  focusErrors,
]) {
  // One behaviour that fails must not take the others with it.
  Promise.resolve(document).then(bind).catch(console.error);
}
