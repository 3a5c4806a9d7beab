// The keys of the scoring screen. They work from the moment the page is there, wherever the focus is.
import { isTextInput, one } from "./dom.js";

const AFTER_POINT = 1400; // ms in which a 5 or 0 typed after "." belongs to it

export class ScoreKeys {
  constructor(sheet, desk) {
    this.sheet = sheet;
    this.desk = desk;
    this.pointAt = 0;
    this.letters = {
      j: () => sheet.move(1),
      k: () => sheet.move(-1),
      c: () => (sheet.current || sheet.criteria[0])?.openComment(),
      o: () => sheet.overall?.focus(),
      n: () => one("[data-next-entry]")?.click(),
      p: () => one("[data-previous-entry]")?.click(),
      x: () => one("[data-declare]")?.click(),
      g: () => one("[data-options]")?.click(),
      m: () => this.openNote(),
      f: () => desk?.nextTab(),
      "[": () => desk?.turnPage(-1),
      "]": () => desk?.turnPage(1),
      "?": () => document.getElementById("keys")?.showModal(),
    };
    document.addEventListener("keydown", (event) => this.press(event));
  }

  press(event) {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const act = this.action(event);
    if (!act) return;
    event.preventDefault();
    act();
  }

  openNote() {
    const note = one("[data-note]");
    note?.setAttribute("open", "");
    one("textarea", note || document)?.focus();
  }

  /** What a key does, or nothing where it keeps its own meaning. */
  action(event) {
    const { key, target } = event;
    if (key === "Enter" && (event.ctrlKey || event.metaKey)) return () => this.sheet.send();
    if (event.ctrlKey || event.metaKey || event.altKey) return null;
    const inScale = target.closest?.("[data-scale], .scale");
    if (isTextInput(target) && !inScale) return key === "Escape" ? () => this.leave(target) : null;
    if (inScale && key === "Enter") return () => this.sheet.advance();
    if (inScale && this.sheet.current?.fine && /^[0-9.,]$/.test(key)) return null; // the box takes such numbers itself
    if (/^[0-9]$/.test(key)) return this.afterPoint(key) || (() => this.sheet.digit(key));
    this.pointAt = 0;
    if (key === "." || key === ",") return () => this.point();
    if (Object.hasOwn(this.letters, key)) return this.letters[key];
    return this.desk?.reading(event) || null;
  }

  /** From a comment back to its criterion: the focus is never nowhere. */
  leave(target) {
    const criterion = this.sheet.criteria.find((candidate) => candidate.node.contains(target)) || this.sheet.current;
    if (criterion) criterion.focus();
    else target.blur();
  }

  /** A decimal point adds a half at once. */
  point() {
    if (this.sheet.current?.addHalf()) this.pointAt = Date.now();
  }

  /** A 5 typed right after the point changes nothing more, a 0 takes the half back. */
  afterPoint(key) {
    const recent = Date.now() - this.pointAt < AFTER_POINT;
    this.pointAt = 0;
    if (!recent || (key !== "5" && key !== "0")) return null;
    const criterion = this.sheet.current;
    return () => key === "0" && criterion.set(Math.floor(criterion.value));
  }
}
