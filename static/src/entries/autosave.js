// form[data-autosave-url]: the whole form is saved as it is typed. Text is never lost: what can't be sent stays
// on this device and is offered again.
//
// The form is sent as application/x-www-form-urlencoded with its `version` field.
//   200 {version, saved_at, missing?, hints?} saved; `version` goes into the form, `missing` into
//                                    [data-autosave-missing], `hints` {name: text} beside the fields they speak of
//   409 {conflict_url?}              saved elsewhere in between; both texts are on that page, or on the answer to
//                                    sending the form itself
//   422/400 {errors: {name: text}}   refused, with reasons
//   401 or a redirect                the session is over
import { all, el, icon, one, upon } from "../lib/dom.js";
import { Expired, Offline, Refused, send } from "../lib/http.js";
import { stamp, t } from "../lib/words.js";

const WAIT = 800;
const RETRY = 15_000;
const SKIP = new Set(["csrf_token", "version", "key"]); // new on every page: no text of the person

export class Autosave {
  constructor(form) {
    this.form = form;
    this.url = form.dataset.autosaveUrl;
    this.key = `opencall:draft:${this.url}`;
    this.state = one("[data-autosave-state]", form) || one("[data-autosave-state]");
    this.saved = this.text();
    this.timer = null;
    this.running = null;
    this.stopped = false;
    form.addEventListener("input", () => this.later());
    form.addEventListener("change", () => this.later());
    form.addEventListener("submit", (event) => this.submitting(event));
    addEventListener("online", () => this.now());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.changed() && this.now());
    addEventListener("beforeunload", (event) => this.leave(event));
    this.offerCopy();
  }

  body() {
    const data = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) if (typeof value === "string") data.append(name, value);
    return data;
  }

  text() {
    const data = this.body();
    for (const name of SKIP) data.delete(name);
    return data.toString();
  }

  changed() {
    return this.text() !== this.saved;
  }

  say(state, text, ...more) {
    if (!this.state) return;
    this.state.dataset.state = state;
    this.state.replaceChildren(text, ...more);
    this.form.dispatchEvent(new CustomEvent("autosave", { detail: { state } }));
  }

  later() {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), WAIT);
  }

  /** Save now; resolves to true when everything typed is on the server. */
  async now() {
    clearTimeout(this.timer);
    if (this.stopped) return false;
    if (this.running) {
      await this.running;
      return this.now();
    }
    if (!this.changed()) return true;
    const text = this.text();
    this.running = this.attempt(text).finally(() => (this.running = null));
    return this.running;
  }

  async attempt(text) {
    this.say("saving", t("Saving…"));
    try {
      const answer = await send(this.url, { body: this.body(), headers: { "X-Autosave": "1" } });
      if (answer.version !== undefined && this.form.elements.version) this.form.elements.version.value = answer.version;
      this.saved = text;
      this.drop();
      this.clearErrors();
      this.showMissing(answer.missing);
      if (answer.hints) this.showHints(answer.hints);
      this.say("saved", t("Saved %(when)s", { when: stamp(answer.saved_at ? new Date(answer.saved_at) : new Date()) }));
      return true;
    } catch (error) {
      this.keep();
      this.explain(error);
      return false;
    }
  }

  /** How many required answers are left, in the server's words; empty when none is. */
  showMissing(text) {
    const badge = one("[data-autosave-missing]");
    if (!badge || text === undefined) return;
    badge.textContent = text;
    badge.hidden = !text;
  }

  explain(error) {
    if (error instanceof Offline) {
      this.say("offline", t("No connection. Your text is kept on this device and will be saved when you are online."));
      this.timer = setTimeout(() => this.now(), RETRY);
    } else if (error instanceof Expired) {
      this.say("expired", t("Your session has ended. Your text is kept on this device. "),
        el("a", { href: location.href, target: "_blank", rel: "noopener" }, t("Sign in again")));
      this.timer = setTimeout(() => this.now(), RETRY);
    } else if (error instanceof Refused && error.status === 409) {
      this.stopped = true;
      this.say("conflict", t("Not saved: this was saved in another place in the meantime. "),
        error.body.conflict_url ? el("a", { href: error.body.conflict_url }, t("Compare the two texts")) : this.compare());
    } else if (error instanceof Refused && error.body.errors) {
      this.showErrors(error.body.errors);
      this.say("failed", t("Not saved: %(reason)s", { reason: Object.values(error.body.errors).flat()[0] || "" }));
    } else if (error instanceof Refused && error.status < 500 && error.status !== 429) {
      this.say("failed", t("Not saved: %(reason)s", { reason: error.message }));
    } else {
      this.say("failed", t("Not saved. Your text is kept on this device; the next try follows by itself."));
      this.timer = setTimeout(() => this.now(), RETRY);
    }
  }

  /** Sends the form as a page: the server answers with both texts, side by side. */
  compare() {
    const button = el("button", { class: "btn btn-small", type: "button" }, t("Compare the two texts"));
    button.addEventListener("click", () => this.form.requestSubmit());
    return button;
  }

  showErrors(errors) {
    this.clearErrors();
    for (const [name, message] of Object.entries(errors)) {
      const control = this.form.elements[name];
      const node = control instanceof RadioNodeList ? control[0] : control;
      if (!node) continue;
      node.setAttribute("aria-invalid", "true");
      node.before(el("p", { class: "error", "data-autosave-error": true }, String([message].flat()[0])));
    }
  }

  /** What the server will not take when it is submitted: saved all the same, said beside the field as on the page. */
  showHints(hints) {
    for (const node of all("[id$='-error']", this.form)) {
      const name = node.id.slice(0, -"-error".length);
      const control = document.getElementById(name);
      if (!control) continue;
      control.removeAttribute("aria-invalid");
      control.setAttribute("aria-describedby", (control.getAttribute("aria-describedby") || "").replace(node.id, "").trim());
      control.closest(".field")?.classList.remove("field-bad");
      node.remove();
    }
    for (const [name, message] of Object.entries(hints)) {
      const control = this.control(name);
      if (!control) continue;
      const id = `${control.id}-error`;
      control.setAttribute("aria-invalid", "true");
      control.setAttribute("aria-describedby", `${id} ${control.getAttribute("aria-describedby") || ""}`.trim());
      control.closest(".field")?.classList.add("field-bad");
      (control.closest(".affix") || control).before(el("p", { class: "error", id }, icon("error"), message));
    }
  }

  /** By its name on the server, which counts only the rows in which something is written. */
  control(name) {
    const [, list, number, column] = /^(\w+)-(\d+)-(\w+)$/.exec(name) || [];
    const box = list && one(`[data-rows="${list}"]`, this.form);
    if (!box) return document.getElementById(name);
    const written = all("[data-row]", box).filter((row) => all("input, select, textarea", row).some((field) => field.value.trim()));
    return one(`[name$="-${column}"]`, written[number] || box);
  }

  clearErrors() {
    for (const node of all("[data-autosave-error]", this.form)) {
      node.nextElementSibling?.removeAttribute("aria-invalid");
      node.remove();
    }
  }

  get version() {
    return Number(this.form.elements.version?.value || 0);
  }

  keep(submitted = false) {
    try {
      localStorage.setItem(this.key, JSON.stringify({ at: Date.now(), submitted, version: this.version, fields: [...this.body()].filter(([name]) => !SKIP.has(name)) }));
    } catch {
      // storage is full or forbidden; leaving the page still warns
    }
  }

  drop() {
    try {
      localStorage.removeItem(this.key);
    } catch {
      // nothing was kept then
    }
  }

  /** A copy left by an earlier visit that never reached the server. */
  offerCopy() {
    let copy;
    try {
      copy = JSON.parse(localStorage.getItem(this.key));
    } catch {
      copy = null;
    }
    if (!copy?.fields) return;
    const arrived = copy.submitted && this.version > copy.version; // the server took it, perhaps tidied
    if (arrived || new URLSearchParams(copy.fields).toString() === this.saved) {
      this.drop();
      return;
    }
    const restore = el("button", { class: "btn btn-small", type: "button" }, t("Put it back into the form"));
    const discard = el("button", { class: "btn btn-small btn-quiet", type: "button" }, t("Discard it"));
    const box = el("div", { class: "note note-warn", role: "status" }, el("div", {},
      el("p", {}, t("Text typed here at %(time)s never reached the server. It is kept on this device.", { time: stamp(new Date(copy.at)) })),
      el("p", { class: "row-actions" }, restore, discard)));
    restore.addEventListener("click", () => {
      this.fill(copy.fields);
      box.remove();
      this.now();
    });
    discard.addEventListener("click", () => {
      this.drop();
      box.remove();
    });
    this.form.prepend(box);
  }

  fill(fields) {
    const values = new Map();
    for (const [name, value] of fields) values.set(name, [...(values.get(name) || []), value]);
    for (const control of this.form.elements) {
      if (!control.name || SKIP.has(control.name) || control.type === "file" || control.type === "hidden" || control.type === "submit") continue;
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
    this.keep(true); // if the answer never comes, the text is still here
    this.saved = this.text();
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

// The page that puts two texts together: once it is sent, the copy of one of them has done its duty.
upon("form[data-autosave-forget]", (form) => {
  form.addEventListener("submit", () => {
    try {
      localStorage.removeItem(`opencall:draft:${form.dataset.autosaveForget}`);
    } catch {
      // nothing was kept then
    }
  });
});

upon("form[data-autosave-url]", (form) => {
  form.autosave ??= new Autosave(form);
});
