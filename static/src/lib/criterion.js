// One criterion of a score sheet: its box or its row of radio buttons, its comment.
import { all, el, one } from "./dom.js";
import { fits, typed, withHalf } from "./score_value.js";

const DIGITS_MOST = 11; // whole numbers that fit into a row of buttons

export class Criterion {
  constructor(node) {
    this.node = node;
    this.scale = { min: Number(node.dataset.min), max: Number(node.dataset.max), step: Number(node.dataset.step) };
    this.weight = Number(node.dataset.weight);
    this.radios = all('.scale input[type="radio"]', node);
    this.input = one('input[type="number"]', node);
    this.comment = one("textarea", node);
    this.readonly = this.input ? this.input.readOnly : this.radios[0]?.disabled;
    this.begun = false; // whether the next digit may follow the ones before it
    if (this.input && !this.readonly) this.addDigits();
  }

  get value() {
    const raw = this.input ? this.input.value : this.radios.find((radio) => radio.checked)?.value;
    return raw !== undefined && raw !== "" && fits(Number(raw), this.scale) ? Number(raw) : null;
  }

  /** Whether scores have decimals other than a half. */
  get fine() {
    return !Number.isInteger(2 * this.scale.step);
  }

  /** Whether the box has a text that is no score of this scale. */
  get invalid() {
    return Boolean(this.input) && (this.input.value !== "" || this.input.validity.badInput) && this.value === null;
  }

  get complete() {
    return this.value !== null && (!this.comment?.hasAttribute("data-required") || this.comment.value.trim() !== "");
  }

  /** The share of the scale that is given, 0 to 1. */
  get share() {
    return (this.value - this.scale.min) / (this.scale.max - this.scale.min);
  }

  set(value) {
    if (this.readonly || !fits(value, this.scale)) return false;
    if (this.input) this.input.value = value;
    else {
      const radio = this.radios.find((candidate) => Number(candidate.value) === value);
      if (!radio) return false;
      radio.checked = true;
    }
    (this.input || this.radios[0]).dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }

  /** A digit was typed: alone, or after those typed since the criterion was entered. */
  digit(key) {
    const before = this.begun && this.value !== null ? String(this.value) : "";
    this.begun = true;
    return this.set(Number(typed(before, key, this.scale))) || this.set(Number(key));
  }

  addHalf() {
    const more = withHalf(this.value, this.scale);
    return more !== null && this.set(more);
  }

  /** A row of whole numbers above the input, when there are few enough of them. */
  addDigits() {
    const { min, max, step } = this.scale;
    if (Math.floor(max) - Math.ceil(min) + 1 > DIGITS_MOST) return;
    const row = el("div", { class: "scale-digits", "aria-hidden": "true" });
    for (let value = Math.ceil(min); value <= max; value += 1) {
      const button = el("button", { type: "button", tabindex: "-1", "data-value": value }, String(value));
      button.addEventListener("click", () => this.set(value));
      row.append(button);
    }
    const box = this.input.closest("[data-scale]");
    box.prepend(row);
    if (step === 0.5) {
      const half = el("button", { class: "scale-half", type: "button", tabindex: "-1", "aria-hidden": "true" }, "+½");
      half.addEventListener("click", () => this.addHalf());
      box.append(half);
    }
    this.digits = all("button", row);
  }

  show() {
    const value = this.value;
    for (const button of this.digits || []) {
      const number = Number(button.dataset.value);
      const half = value !== null && Math.floor(value) === number;
      button.setAttribute("aria-pressed", value === number ? "true" : half ? "mixed" : "false");
    }
  }

  focus() {
    this.begun = false;
    const target = this.input || this.radios.find((radio) => radio.checked) || this.radios[0];
    target?.focus({ preventScroll: true });
    this.node.scrollIntoView({ block: "nearest" });
    target?.scrollIntoView({ block: "nearest" }); // the control itself, of a criterion taller than the screen
    this.input?.select();
  }

  openComment() {
    this.comment?.closest("details")?.setAttribute("open", "");
    this.comment?.focus();
  }
}
