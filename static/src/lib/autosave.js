// A form that is saved as it is typed. Text is never lost: what can't be sent stays on this device (see drafts.js) and
// is offered again.
//
// The form is sent as application/x-www-form-urlencoded with its `version` field; see save_request.js for the answers.
//   [data-autosave-state]     shows what became of the last save
//   [data-autosave-missing]   shows how many required answers are left
import { all, el, icon, one } from "./dom.js";
import { dropDraft, keepDraft, lostDraft, textOf } from "./drafts.js";
import { saveForm } from "./save_request.js";
import { stamp, t } from "./words.js";

const WAIT = 800;
const RETRY = 15_000;

export class Autosave {
  constructor(form) {
    this.form = form;
    this.url = form.dataset.autosaveUrl;
    this.state = one("[data-autosave-state]", form) || one("[data-autosave-state]");
    this.savedText = this.text();
    this.timer = null;
    this.running = null;
    this.stopped = false;
    form.addEventListener("input", () => this.schedule());
    form.addEventListener("change", () => this.schedule());
    form.addEventListener("submit", (event) => this.submitting(event));
    addEventListener("online", () => this.save());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.changed() && this.save());
    addEventListener("beforeunload", (event) => this.leave(event));
    this.offerDraft();
  }

  fields() {
    return [...new FormData(this.form)].filter(([, value]) => typeof value === "string");
  }

  text() {
    return textOf(this.fields());
  }

  changed() {
    return this.text() !== this.savedText;
  }

  get version() {
    return Number(this.form.elements.version?.value || 0);
  }

  /** A time in the zone that the page names, else in the reader's own. */
  stamp(instant) {
    return stamp(instant, new Date(), this.form.dataset.zone || undefined);
  }

  showState(state, text, ...more) {
    if (!this.state) return;
    this.state.dataset.state = state;
    this.state.replaceChildren(text, ...more);
  }

  schedule(wait = WAIT) {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  /** Save now; resolves to true when all the text is on the server. */
  async save() {
    clearTimeout(this.timer);
    if (this.stopped) return false;
    if (this.running) {
      await this.running;
      return this.save();
    }
    if (!this.changed()) return true;
    this.running = this.attempt(this.text()).finally(() => (this.running = null));
    return this.running;
  }

  async attempt(text) {
    this.showState("saving", t("Saving…"));
    const result = await saveForm(this.url, new URLSearchParams(this.fields()));
    if (result.state !== "saved") {
      this.keep();
      this.explain(result);
      return false;
    }
    if (this.form.elements.version) this.form.elements.version.value = result.version;
    this.savedText = text;
    dropDraft(this.url);
    this.showErrors(result.errors);
    this.showMissing(result.missing);
    this.showState("saved", t("Saved %(when)s", { when: this.stamp(result.savedAt) }));
    return true;
  }

  /** How many required answers are left, in the server's words; empty when none is. */
  showMissing(text) {
    const badge = one("[data-autosave-missing]");
    if (!badge) return;
    badge.textContent = text;
    badge.hidden = !text;
  }

  explain({ state, conflictUrl, errors, reason }) {
    if (state === "offline") {
      this.showState("offline", t("No connection. Your text is kept on this device and will be saved when you are online."));
      this.schedule(RETRY);
    } else if (state === "expired") {
      this.showState("expired", t("Your session has ended. Your text is kept on this device. "),
        el("a", { href: location.href, target: "_blank", rel: "noopener" }, t("Sign in again")));
      this.schedule(RETRY);
    } else if (state === "conflict") {
      this.stopped = true;
      this.showState("conflict", t("Not saved: this was saved in another place in the meantime. "), this.compareButton(conflictUrl));
    } else if (state === "refused") {
      this.showErrors(errors);
      this.showState("failed", t("Not saved: %(reason)s", { reason }));
    } else {
      this.showState("failed", t("Not saved. Your text is kept on this device; the next try follows by itself."));
      this.schedule(RETRY);
    }
  }

  /** Sends the form as a page: the answer has both texts, side by side. */
  compareButton(url) {
    const button = el("button", { class: "btn btn-small", type: "button" }, t("Compare the two texts"));
    button.addEventListener("click", () => {
      this.form.action = url;
      this.form.requestSubmit();
    });
    return button;
  }

  /** Show these errors, {field: text}, beside their fields as the page does, and no others. */
  showErrors(errors) {
    for (const node of all("[id$='-error']", this.form)) {
      const control = one(`[aria-describedby~="${CSS.escape(node.id)}"]`, this.form);
      if (!control) continue;
      control.removeAttribute("aria-invalid");
      control.setAttribute("aria-describedby", control.getAttribute("aria-describedby").replace(node.id, "").trim());
      control.closest(".field, .criterion")?.classList.remove("field-bad");
      node.remove();
    }
    for (const [name, message] of Object.entries(errors)) {
      const control = this.control(name);
      if (!control) continue;
      const id = `${control.id || name}-error`;
      control.setAttribute("aria-invalid", "true");
      control.setAttribute("aria-describedby", `${id} ${control.getAttribute("aria-describedby") || ""}`.trim());
      control.closest(".field, .criterion")?.classList.add("field-bad");
      (control.closest(".affix, .scale, .scale-number") || control).before(el("p", { class: "error", id }, icon("error"), message));
    }
  }

  /** A field by its name on the server, which counts only the rows in which something is written. */
  control(name) {
    const [, list, number, column] = /^(\w+)-(\d+)-(\w+)$/.exec(name) || [];
    const box = list && one(`[data-rows="${list}"]`, this.form);
    if (!box) {
      const control = this.form.elements[name];
      return control instanceof RadioNodeList ? control[0] : control || document.getElementById(name);
    }
    const filled = all("[data-row]", box).filter((row) => all("input, select, textarea", row).some((field) => field.value.trim()));
    return one(`[name$="-${column}"]`, filled[number] || box);
  }

  keep(submitted = false) {
    keepDraft(this.url, { fields: this.fields(), version: this.version, submitted });
  }

  /** Offer the copy of an earlier visit that never reached the server. */
  offerDraft() {
    const draft = lostDraft(this.url, { text: this.savedText, version: this.version });
    if (!draft) return;
    const restore = el("button", { class: "btn btn-small", type: "button" }, t("Put it back into the form"));
    const discard = el("button", { class: "btn btn-small btn-quiet", type: "button" }, t("Discard it"));
    const box = el("div", { class: "note note-warn", role: "status" }, el("div", {},
      el("p", {}, t("Text typed here at %(time)s never reached the server. It is kept on this device.", { time: this.stamp(new Date(draft.at)) })),
      el("p", { class: "row-actions" }, restore, discard)));
    restore.addEventListener("click", () => {
      this.fill(draft.fields);
      box.remove();
      this.save();
    });
    discard.addEventListener("click", () => {
      dropDraft(this.url);
      box.remove();
    });
    this.form.prepend(box);
  }

  fill(fields) {
    const values = new Map();
    for (const [name, value] of fields) values.set(name, [...(values.get(name) || []), value]);
    for (const control of this.form.elements) {
      if (!control.name || control.type === "file" || control.type === "hidden" || control.type === "submit") continue;
      const list = values.get(control.name) || [];
      if (control.type === "checkbox" || control.type === "radio") control.checked = list.includes(control.value);
      else if (control.multiple) for (const option of control.options) option.selected = list.includes(option.value);
      else if (list.length) control.value = list.shift();
    }
    this.form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  submitting(event) {
    clearTimeout(this.timer);
    if (event.defaultPrevented) return;
    if (this.running) {
      // A save on its way is about to raise the version: sending now would look like a second window.
      event.preventDefault();
      if (!this.waiting) this.waiting = this.running.finally(() => (this.waiting = null)).then(() => this.form.requestSubmit(event.submitter));
      return;
    }
    this.keep(true); // if the answer never comes, the text is still on this device
    this.savedText = this.text();
    this.stopped = true;
    addEventListener("pageshow", () => (this.stopped = false), { once: true });
  }

  leave(event) {
    if (!this.changed() || this.stopped) return;
    this.keep();
    event.preventDefault();
    event.returnValue = ""; // older browsers ask only when this is set
  }
}
