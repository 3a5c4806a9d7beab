// A score sheet on the screen: which criterion is the present one, the weighted total, and what is missing.
import { all, one } from "./dom.js";
import { Criterion } from "./criterion.js";
import { t } from "./words.js";

export class Sheet {
  constructor(form) {
    this.form = form;
    this.criteria = all("[data-criterion]", form).map((node) => new Criterion(node));
    this.total = one("[data-total]", form) || one("[data-total]");
    this.missing = one("[data-missing]", form) || one("[data-missing]");
    this.overall = one("[data-overall]", form);
    this.at = -1; // the present criterion; it stays so while the overall comment is written
    this.reserveBarHeight();
    form.addEventListener("input", () => this.show());
    form.addEventListener("focusin", (event) => this.enter(event.target.closest("[data-criterion]")));
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

  get readonly() {
    return !one("[data-submit-scores]", this.form);
  }

  /** What is still missing, in words; empty when the sheet can be submitted. */
  get missingText() {
    const open = this.criteria.filter((criterion) => !criterion.complete).length;
    const noComment = this.overall && this.overall.value.trim() === "" ? t("overall comment missing") : "";
    const criteriaLeft = open ? (open === 1 ? t("1 criterion left") : t("%(count)s criteria left", { count: open })) : "";
    return [criteriaLeft, noComment].filter(Boolean).join(" · ");
  }

  /** Weighted total on 0–100, for orientation only: the official figure is computed on the server. */
  show() {
    for (const criterion of this.criteria) criterion.show();
    this.showTotal();
    const text = this.missingText;
    if (this.missing && this.missing.textContent !== text) this.missing.textContent = text;
    // The main button: saving until nothing is missing, then submitting.
    one("[data-save-next]", this.form)?.classList.toggle("btn-accent", text !== "");
    one("[data-submit-scores]", this.form)?.classList.toggle("btn-accent", text === "");
  }

  showTotal() {
    if (!this.total) return;
    const weights = this.criteria.reduce((sum, criterion) => sum + criterion.weight, 0);
    const scored = this.criteria.filter((criterion) => criterion.value !== null);
    const complete = scored.length === this.criteria.length;
    const sum = scored.reduce((points, criterion) => points + criterion.weight * criterion.share, 0);
    const figure = weights ? ((100 * sum) / weights).toFixed(2) : "–";
    const invalid = this.criteria.some((criterion) => criterion.invalid);
    this.total.textContent = complete ? figure : scored.length && !invalid ? `(${figure})` : "–"; // in brackets while scores are missing
    this.total.toggleAttribute("data-partial", !complete);
  }

  enter(node) {
    const at = this.criteria.findIndex((criterion) => criterion.node === node);
    if (at < 0) return;
    if (at !== this.at) this.criteria[at].begun = false;
    this.at = at;
    for (const criterion of this.criteria) criterion.node.toggleAttribute("data-here", criterion.node === node);
  }

  /** The criterion that a digit is for: the present one, else the first without a score. */
  get current() {
    return this.criteria[this.at] || this.criteria.find((criterion) => criterion.value === null) || this.criteria[0];
  }

  move(by) {
    const next = this.at < 0 ? (by > 0 ? 0 : this.criteria.length - 1) : this.at + by;
    this.criteria[Math.max(0, Math.min(this.criteria.length - 1, next))]?.focus();
  }

  /** On to the next criterion; after the last one to the overall comment. */
  advance() {
    if (this.at === this.criteria.length - 1) this.overall?.focus();
    else this.move(1);
  }

  digit(key) {
    const criterion = this.current;
    if (!criterion) return;
    if (this.at < 0) criterion.focus();
    criterion.digit(key);
  }

  /** Press the main button: submit when nothing is missing, else save and go on. */
  send() {
    const name = this.missingText ? "[data-save-next]" : "[data-submit-scores]";
    const button = one(name, this.form);
    if (button) this.form.requestSubmit(button);
  }
}
