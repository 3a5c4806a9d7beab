// form[data-judge]: score with the digits, see the weighted total, save and go on with Ctrl+Enter.
import { all, el, isTextInput, one } from "../lib/dom.js";
import { t } from "../lib/words.js";
import "./autosave.js";

const SECOND_DIGIT = 700; // ms in which a second digit makes "1" into "10"

class Criterion {
  constructor(node) {
    this.node = node;
    this.min = Number(node.dataset.min);
    this.max = Number(node.dataset.max);
    this.step = Number(node.dataset.step);
    this.weight = Number(node.dataset.weight);
    this.radios = all('.scale input[type="radio"]', node);
    this.input = one('input[type="number"]', node);
    this.comment = one("textarea", node);
    this.readonly = this.input ? this.input.readOnly : this.radios[0]?.disabled;
    if (this.input && !this.readonly) this.addDigits();
  }

  get value() {
    const raw = this.input ? this.input.value : this.radios.find((radio) => radio.checked)?.value;
    if (raw === undefined || raw === "") return null;
    const value = Number(raw);
    const ticks = (value - this.min) / this.step;
    const onStep = Math.abs(ticks - Math.round(ticks)) < 1e-6;
    return Number.isFinite(value) && value >= this.min && value <= this.max && onStep ? value : null;
  }

  /** Whether the box has a text that is no score of this scale. */
  get invalid() {
    return Boolean(this.input) && (this.input.value !== "" || this.input.validity.badInput) && this.value === null;
  }

  get complete() {
    return this.value !== null && (!this.comment?.hasAttribute("data-required") || this.comment.value.trim() !== "");
  }

  set(value) {
    if (this.readonly || value < this.min || value > this.max) return false;
    const ticks = Math.round((value - this.min) / this.step);
    const exact = Number((this.min + ticks * this.step).toFixed(6));
    if (Math.abs(exact - value) > 1e-9) return false;
    if (this.input) this.input.value = exact;
    else {
      const radio = this.radios.find((candidate) => Number(candidate.value) === exact);
      if (!radio) return false;
      radio.checked = true;
    }
    (this.input || this.radios[0]).dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }

  /** A row of whole numbers above the input, when there are few enough of them. */
  addDigits() {
    const count = Math.floor(this.max) - Math.ceil(this.min) + 1;
    if (count > 11) return;
    const row = el("div", { class: "scale-digits", "aria-hidden": "true" });
    for (let value = Math.ceil(this.min); value <= this.max; value += 1) {
      const button = el("button", { type: "button", tabindex: "-1", "data-value": value }, String(value));
      button.addEventListener("click", () => this.set(value));
      row.append(button);
    }
    this.input.closest("[data-scale]").prepend(row);
    if (this.step === 0.5) {
      const half = el("button", { class: "scale-half", type: "button", tabindex: "-1", "aria-hidden": "true" }, "+½");
      half.addEventListener("click", () => this.value !== null && this.set(this.value + 0.5));
      this.input.closest("[data-scale]").append(half);
    }
    this.digits = all("button", row);
  }

  show() {
    for (const button of this.digits || []) {
      const number = Number(button.dataset.value);
      const value = this.value;
      button.setAttribute("aria-pressed", value === number ? "true" : value !== null && Math.floor(value) === number ? "mixed" : "false");
    }
  }

  focus() {
    const target = this.input || this.radios.find((radio) => radio.checked) || this.radios[0];
    target?.focus({ preventScroll: true });
    this.node.scrollIntoView({ block: "nearest" });
    target?.scrollIntoView({ block: "nearest" }); // the control itself, of a criterion taller than the screen
    this.input?.select();
  }
}

class Sheet {
  constructor(form) {
    this.form = form;
    this.criteria = all("[data-criterion]", form).map((node) => new Criterion(node));
    this.total = one("[data-total]", form) || one("[data-total]");
    this.missing = one("[data-missing]", form) || one("[data-missing]");
    this.lastDigit = "";
    this.lastDigitAt = 0;
    this.halfAt = 0;
    this.overall = one("[data-overall]", form);
    this.reserveBarHeight();
    form.addEventListener("input", () => this.show());
    form.addEventListener("focusin", (event) => this.setCurrent(event.target.closest("[data-criterion]")));
    document.addEventListener("keydown", (event) => this.key(event));
    this.show();
  }

  /** Scrolling leaves room for the bar, so that it never covers the control in focus. */
  reserveBarHeight() {
    const bar = one(".judge-bar", this.form);
    if (!bar) return;
    const setHeight = () => document.documentElement.style.setProperty("--judge-bar", `${bar.offsetHeight}px`);
    new ResizeObserver(setHeight).observe(bar);
    setHeight();
  }

  /** Weighted total on 0–100, for orientation only: the official figure is computed on the server. */
  show() {
    let sum = 0;
    let weights = 0;
    for (const criterion of this.criteria) {
      criterion.show();
      weights += criterion.weight;
      if (criterion.value !== null) sum += (criterion.weight * (criterion.value - criterion.min)) / (criterion.max - criterion.min);
    }
    const scored = this.criteria.filter((criterion) => criterion.value !== null).length;
    const complete = scored === this.criteria.length;
    if (this.total) {
      const figure = weights ? ((100 * sum) / weights).toFixed(2) : "–";
      const invalid = this.criteria.some((criterion) => criterion.invalid);
      this.total.textContent = complete ? figure : scored && !invalid ? `(${figure})` : "–"; // in brackets while scores are missing
      this.total.toggleAttribute("data-partial", !complete);
    }
    const open = this.criteria.filter((criterion) => !criterion.complete).length;
    const noComment = this.overall && this.overall.value.trim() === "" ? t("overall comment missing") : "";
    const criteriaLeft = open ? (open === 1 ? t("1 criterion left") : t("%(count)s criteria left", { count: open })) : "";
    const text = [criteriaLeft, noComment].filter(Boolean).join(" · ");
    if (this.missing && this.missing.textContent !== text) this.missing.textContent = text;
    // The main button: saving until nothing is missing, then submitting.
    one("[data-save-next]", this.form)?.classList.toggle("btn-accent", text !== "");
    one("[data-submit-scores]", this.form)?.classList.toggle("btn-accent", text === "");
  }

  setCurrent(node) {
    for (const criterion of this.criteria) criterion.node.toggleAttribute("data-here", criterion.node === node);
  }

  get current() {
    return this.criteria.findIndex((criterion) => criterion.node.hasAttribute("data-here"));
  }

  move(by) {
    this.halfAt = 0; // a 5 or 0 typed next is a score of the next criterion
    const next = this.current < 0 ? (by > 0 ? 0 : this.criteria.length - 1) : this.current + by;
    this.criteria[Math.max(0, Math.min(this.criteria.length - 1, next))]?.focus();
  }

  digit(key) {
    const criterion = this.criteria[this.current] || this.criteria.find((candidate) => candidate.value === null) || this.criteria[0];
    if (!criterion) return;
    if (this.current < 0) criterion.focus();
    this.halfAt = 0;
    const now = Date.now();
    const digits = now - this.lastDigitAt < SECOND_DIGIT ? this.lastDigit + key : key;
    if (!criterion.set(Number(digits)) && digits !== key) criterion.set(Number(key));
    this.lastDigit = key;
    this.lastDigitAt = now;
  }

  key(event) {
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      const button = one("[data-save-next]", this.form) || one('[name="next"]', this.form);
      if (button) this.form.requestSubmit(button);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && isTextInput(event.target)) {
      event.target.blur();
      return;
    }
    const inScale = event.target.closest?.("[data-scale], .scale");
    const letters = /^[a-z]$/i.test(event.key);
    if (inScale && this.half(event)) return;
    if (isTextInput(event.target) && !(inScale && letters)) return; // a number input types its own digits
    const action = {
      j: () => this.move(1),
      k: () => this.move(-1),
      c: () => (this.criteria[Math.max(0, this.current)]?.comment)?.focus(),
      n: () => one("[data-next-entry]")?.click(),
      p: () => one("[data-previous-entry]")?.click(),
    }[event.key];
    if (action) {
      event.preventDefault();
      action();
    } else if (/^[0-9]$/.test(event.key)) {
      event.preventDefault();
      this.digit(event.key);
    } else this.half(event);
  }

  /** A decimal point adds a half at once; a 5 typed right after it changes nothing more, a 0 takes the half back. */
  half(event) {
    const criterion = this.criteria[this.current];
    if (!criterion) return false;
    const afterPoint = Date.now() - this.halfAt < 2 * SECOND_DIGIT;
    if ((event.key === "." || event.key === ",") && criterion.value !== null && Number.isInteger(criterion.value)) {
      if (!criterion.set(criterion.value + 0.5)) return false;
      this.halfAt = Date.now();
    } else if (afterPoint && event.key === "0") criterion.set(Math.floor(criterion.value));
    else if (!(afterPoint && event.key === "5")) {
      this.halfAt = 0;
      return false;
    }
    event.preventDefault();
    if (event.key === "5" || event.key === "0") this.halfAt = 0;
    return true;
  }
}

for (const form of all("form[data-judge]")) new Sheet(form);
