// Binds every behaviour to the pages that ask for it by a data- attribute. A page works without any of them.

import { bindArrive } from "./arrive.js";
import { bindCalculated } from "./calculated.js";
import { bindChoose } from "./choose.js";
import { bindConfirm } from "./confirm.js";
import { bindDigits } from "./digits.js";
import { bindDraft } from "./draft.js";
import { focusErrors } from "./errors.js";
import { bindFold } from "./fold.js";
import { bindIdle } from "./idle.js";
import { bindPrint } from "./print.js";
import { bindLaboratory } from "./laboratory.js";
import { bindPick } from "./pick.js";
import { bindQuery } from "./query.js";
import { bindReason } from "./reason.js";
import { bindRest } from "./rest.js";
import { bindRowCards } from "./row_cards.js";
import { bindScan } from "./scan.js";
import { bindSkip } from "./skip.js";
import { bindSubmitOnce } from "./submit-once.js";
import { bindToday } from "./today.js";
import { bindTypeahead } from "./typeahead.js";
import { bindUnsaved } from "./unsaved.js";
import { bindWalk } from "./walk.js";

// Digits come first: what others read on the same event is then already in plain figures.
for (const bind of [
  bindDigits,
  bindArrive,
  bindToday,
  bindTypeahead,
  bindChoose,
  bindRest,
  bindRowCards,
  bindScan,
  bindSkip,
  bindCalculated,
  bindLaboratory,
  bindUnsaved,
  bindReason,
  bindDraft,
  bindFold,
  bindPick,
  bindQuery,
  bindWalk,
  bindConfirm,
  bindPrint,
  bindSubmitOnce,
  bindIdle,
  focusErrors,
]) {
  // One behaviour that fails must not take the others with it.
  Promise.resolve(document).then(bind).catch(console.error);
}
