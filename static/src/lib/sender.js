// Sends score sheets without leaving the page, so that a lost connection never shows the browser's own error page.
// What cannot be sent waits (send_queue.js); [data-waiting] says what waits, on every page of a judge.
import { el, one } from "./dom.js";
import { dropDraft } from "./drafts.js";
import { Expired, Offline, Refused, send } from "./http.js";
import { enqueue, flush, waiting, withdraw } from "./send_queue.js";
import { t } from "./words.js";

const RETRY = 15_000;
const SCRIPT = { "X-Autosave": "1" };

/** One waiting form: sent, to be sent later, or refused for good. */
async function sendOne({ url, fields }) {
  try {
    const { url: next } = await send(url, { body: new URLSearchParams(fields), headers: SCRIPT });
    return { state: "sent", next };
  } catch (error) {
    if (error instanceof Refused && error.status < 500 && error.status !== 429) {
      return { state: "refused", reason: Object.values(error.body.errors || {})[0] || error.message };
    }
    return { state: "later" };
  }
}

export class Sender {
  constructor(form = null) {
    this.form = form;
    this.sheet = form?.getAttribute("action");
    this.box = one("[data-waiting]");
    form?.addEventListener("submit", (event) => this.submit(event));
    form?.addEventListener("input", () => this.changed());
    document.addEventListener("click", (event) => this.keepHere(event));
    addEventListener("online", () => this.flush());
    setInterval(() => waiting().length && this.flush(), RETRY);
    this.flush();
  }

  get offline() {
    return !navigator.onLine || waiting().some(({ refused }) => !refused);
  }

  async submit(event) {
    if (event.defaultPrevented || this.form.dataset.native) return;
    event.preventDefault();
    if (this.sending) return;
    this.sending = true;
    const { submitter } = event;
    const url = submitter?.getAttribute("formaction") || this.sheet;
    const body = new URLSearchParams(new FormData(this.form, submitter));
    submitter?.setAttribute("aria-busy", "true");
    try {
      if (waiting().some(({ refused }) => !refused)) throw new Offline("others wait");
      const { url: next } = await send(url, { body, headers: SCRIPT });
      dropDraft(this.form.dataset.autosaveUrl);
      location.assign(next);
    } catch (error) {
      this.sending = false;
      submitter?.removeAttribute("aria-busy");
      if (error instanceof Offline) this.wait(url, [...body]);
      else if (error instanceof Expired) this.resume("expired");
      else if (error instanceof Refused) this.submitAsPage(submitter);
      else throw error;
    }
  }

  /** The server's page says what is wrong, beside its field. */
  submitAsPage(submitter) {
    this.form.dataset.native = "1";
    this.form.requestSubmit(submitter);
  }

  resume(state) {
    const { autosave } = this.form;
    if (!autosave) return;
    autosave.stopped = false;
    autosave.savedText = "";
    autosave.explain({ state });
  }

  wait(url, fields) {
    const kept = enqueue({ sheet: this.sheet, url, fields, name: this.form.dataset.name });
    if (!kept) return this.resume("offline");
    this.show();
    return this.flush();
  }

  /** Somebody who goes on typing has not finished: the form waits no longer, and is saved as it is typed. */
  changed() {
    if (!waiting().some(({ sheet }) => sheet === this.sheet)) return;
    withdraw(this.sheet);
    this.resume("offline");
    this.show();
  }

  /** Links lead to the browser's error page while there is no connection: they stay here, and words say why. */
  keepHere(event) {
    const link = event.target.closest?.("a[href]");
    if (!link || navigator.onLine || link.target || link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    this.held = true;
    this.show();
  }

  async flush() {
    if (this.running) return;
    this.running = true;
    const round = () => flush(sendOne);
    const sent = await (navigator.locks ? navigator.locks.request("opencall-waiting", round) : round()).finally(() => (this.running = false));
    this.show();
    const own = sent.find(({ sheet }) => sheet === this.sheet);
    if (own?.next) {
      dropDraft(this.form.dataset.autosaveUrl);
      location.assign(own.next);
    }
  }

  /** What waits, and what was refused, in words. */
  show() {
    if (!this.box) return;
    this.held &&= !navigator.onLine;
    const items = waiting();
    const names = items.filter(({ refused }) => !refused).map(({ name }) => name);
    const lines = [this.held && el("p", {}, t("No connection: this page stays open until there is one."))];
    if (names.length) lines.push(el("p", {}, t("Waiting for a connection: %(entries)s. They are sent in this order as soon as there is one, also after this page is closed and opened again.", { entries: names.join(", ") })));
    for (const { sheet, name, refused } of items.filter((item) => item.refused)) {
      const discard = el("button", { class: "btn btn-small btn-quiet", type: "button" }, t("Discard it"));
      discard.addEventListener("click", () => {
        withdraw(sheet);
        this.show();
      });
      lines.push(el("p", {}, t("%(entry)s was not taken: %(reason)s", { entry: name, reason: refused }), " ", el("a", { href: sheet }, t("Open it")), " ", discard));
    }
    const shown = lines.filter(Boolean);
    this.box.hidden = !shown.length;
    this.box.replaceChildren(...shown);
  }
}
