// [data-job]: asks data-url once a second for {state, done, total, note, result}
// until the job is done or dead, then goes to data-done-url or loads the page again.
import { enhance, one } from "../lib/dom.js";
import { Offline, Refused, send } from "../lib/http.js";
import { t } from "../lib/words.js";

const SECOND = 1000;

function show(box, answer) {
  const bar = one("progress", box);
  if (answer.total) bar.value = Math.min(100, (answer.done / answer.total) * 100);
  const note = one("[data-note]", box);
  const text = answer.note || (answer.total ? t("%(done)s of %(total)s", { done: answer.done, total: answer.total }) : "");
  if (note && note.textContent !== text) note.textContent = text;
}

function finish(box, answer) {
  const bar = one("progress", box);
  if (answer.state === "dead") {
    bar.remove();
    box.classList.add("note", "note-bad");
    one("[data-note]", box).textContent = t("This did not succeed. Start it again; if it fails again, tell the operator.");
    return;
  }
  bar.value = 100;
  if (box.dataset.doneUrl) location.assign(box.dataset.doneUrl);
  else location.reload();
}

async function poll(box) {
  let wait = SECOND;
  for (;;) {
    try {
      const answer = await send(box.dataset.url, { method: "GET" });
      show(box, answer);
      if (answer.state === "done" || answer.state === "dead") {
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

enhance("[data-job]", poll);
