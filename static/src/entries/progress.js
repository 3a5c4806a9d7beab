// [data-job]: asks data-url once a second for {status, progress (0…1) or done/total, message, result_url}
// until the job has ended, then goes to data-done-url, shows the result's link, or loads the page again.
import { el, one, upon } from "../lib/dom.js";
import { Offline, Refused, send } from "../lib/http.js";
import { t } from "../lib/words.js";

const SECOND = 1000;
const ENDED = new Set(["done", "ready", "complete", "succeeded", "finished"]);
const FAILED = new Set(["failed", "dead", "cancelled", "expired"]);

function show(box, answer) {
  const bar = one("progress", box);
  const share = answer.progress ?? (answer.total ? answer.done / answer.total : undefined);
  if (share !== undefined && share !== null) bar.value = Math.min(100, share * 100);
  const note = one("[data-note]", box);
  const text = answer.message || (answer.total ? t("%(done)s of %(total)s", { done: answer.done, total: answer.total }) : "");
  if (note && note.textContent !== text) note.textContent = text;
}

function finish(box, answer) {
  const bar = one("progress", box);
  if (FAILED.has(answer.status)) {
    bar.remove();
    box.classList.add("note", "note-bad");
    one("[data-note]", box).textContent = answer.message || t("This did not succeed. Start it again; if it fails again, tell the operator.");
    return;
  }
  bar.value = 100;
  if (box.dataset.doneUrl) location.assign(box.dataset.doneUrl);
  else if (answer.result_url) {
    bar.replaceWith(el("a", { class: "btn btn-accent", href: answer.result_url }, answer.result_label || t("Download")));
    one("[data-note]", box).textContent = answer.message || t("Ready");
  } else location.reload();
}

async function poll(box) {
  let wait = SECOND;
  for (;;) {
    try {
      const answer = await send(box.dataset.url, { method: "GET" });
      show(box, answer);
      if (ENDED.has(answer.status) || FAILED.has(answer.status)) {
        finish(box, answer);
        return;
      }
      wait = SECOND;
    } catch (error) {
      if (!(error instanceof Offline) && !(error instanceof Refused && error.status >= 429)) {
        one("[data-note]", box).textContent = t("Progress can’t be shown. Load the page again.");
        return;
      }
      wait = Math.min(wait * 2, 15 * SECOND);
    }
    await new Promise((resolve) => setTimeout(resolve, document.hidden ? 5 * SECOND : wait));
    if (!box.isConnected) return;
  }
}

upon("[data-job]", poll);
