// The reading side of the scoring screen: tabs for the answers and each file, keys that scroll it, the width of the
// scores. What was open, how wide and on which page is remembered on this device.
import { all, el, one } from "./dom.js";
import { readJson, writeJson } from "./storage.js";

const SPLIT = "opencall:desk:width";
const NARROWEST = 320; // pixels of the scores
const STEP = 32;

/** The width of the scores: wide enough to read, and never more than what leaves the entry as much. */
export const widthWithin = (wanted, whole) => Math.round(Math.max(NARROWEST, Math.min(wanted, whole - NARROWEST)));

export class Desk {
  constructor(node) {
    this.node = node;
    this.entry = one(".desk-entry", node);
    this.answers = one(".desk-answers", node);
    this.tabs = one("[data-tabs]", node);
    this.tabKey = `opencall:desk:tab:${node.dataset.desk.replace(/^\/\w+/, "")}`;
    this.showTabs();
    this.split();
    document.addEventListener("htmx:afterSettle", (event) => event.target.id === "files" && this.showTabs());
  }

  get files() {
    return all("[data-file]", this.entry);
  }

  /** A tab for the answers and one for each file; there is nothing to choose from without files. */
  showTabs() {
    if (!this.tabs || !this.files.length) return;
    const panels = [[this.answers, this.tabs.dataset.answers], ...this.files.map((file) => [file, file.dataset.file])];
    this.tabs.setAttribute("role", "tablist");
    const buttons = panels.map(([panel, name], at) => {
      const button = el("button", { type: "button", role: "tab", class: "desk-tab", id: `tab-${panel.id}`, "aria-controls": panel.id }, name);
      button.addEventListener("click", () => this.open(at));
      return button;
    });
    this.tabs.replaceChildren(...buttons);
    this.tabs.onkeydown = (event) => this.arrow(event);
    this.panels = panels.map(([panel]) => panel);
    for (const [at, panel] of this.panels.entries()) {
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", buttons[at].id);
      panel.removeAttribute("aria-label");
      panel.tabIndex = 0;
    }
    const remembered = this.panels.findIndex((panel) => panel.id === readJson(this.tabKey));
    this.open(Math.max(0, remembered), { remember: false });
  }

  arrow(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    this.open((this.at + by + this.panels.length) % this.panels.length);
    this.tabs.children[this.at].focus();
  }

  open(at, { remember = true } = {}) {
    this.at = at;
    for (const [index, panel] of this.panels.entries()) {
      panel.hidden = index !== at;
      this.tabs.children[index].setAttribute("aria-selected", String(index === at));
      this.tabs.children[index].tabIndex = index === at ? 0 : -1;
    }
    if (remember) writeJson(this.tabKey, this.panels[at].id);
  }

  nextTab() {
    if (!this.panels) return;
    this.open((this.at + 1) % this.panels.length);
    this.panels[this.at].focus({ preventScroll: true });
  }

  turnPage(by) {
    const reader = one(".desk-file:not([hidden]) [data-pdf]", this.entry);
    if (reader) reader.dispatchEvent(new CustomEvent("turn-page", { detail: by }));
    else this.scroll(by);
  }

  /** What scrolls: the document that is open, the pane where it scrolls by itself, else the page. */
  get pane() {
    const view = one(".desk-file:not([hidden]) .pdf-view", this.entry);
    if (view) return view;
    return [this.panels?.[this.at], this.answers, this.entry].find((node) => node && node.scrollHeight > node.clientHeight + 1 && getComputedStyle(node).overflowY !== "visible")
      || document.scrollingElement;
  }

  scroll(by, amount = 0.85) {
    const { pane } = this;
    pane.scrollBy({ top: by * pane.clientHeight * amount });
  }

  /** What a key that reads does: anywhere but on a control that has its own use for it. */
  reading({ key, shiftKey, target }) {
    if (target.closest?.("video, audio, select")) return null;
    const onScale = target.closest?.("[data-scale], .scale");
    const onControl = target.closest?.("button, a, summary, input");
    if (key === "PageDown" || key === "PageUp") return () => this.scroll(key === "PageDown" ? 1 : -1);
    if (key === " " && (!onControl || target.type === "number")) return () => this.scroll(shiftKey ? -1 : 1);
    if (onControl || onScale || target.closest?.("[data-split]")) return null;
    if (key === "ArrowDown" || key === "ArrowUp") return () => this.scroll(key === "ArrowDown" ? 1 : -1, 0.1);
    if (key === "Home") return () => this.pane.scrollTo({ top: 0 });
    if (key === "End") return () => this.pane.scrollTo({ top: this.pane.scrollHeight });
    return null;
  }

  /** The bar between entry and scores: dragged, or moved by the arrow keys. */
  split() {
    const bar = one("[data-split]", this.node);
    if (!bar) return;
    bar.hidden = false;
    const set = (wanted, remember = true) => {
      const width = widthWithin(wanted, this.node.clientWidth);
      this.node.style.setProperty("--scores", `${width}px`);
      bar.setAttribute("aria-valuenow", width);
      if (remember) writeJson(SPLIT, width);
    };
    const present = () => one(".desk-rubric", this.node).offsetWidth;
    bar.setAttribute("aria-valuemin", NARROWEST);
    const remembered = readJson(SPLIT);
    if (Number.isFinite(remembered)) set(remembered, false);
    else bar.setAttribute("aria-valuenow", present());
    bar.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: STEP, ArrowRight: -STEP }[event.key];
      if (!by) return;
      event.preventDefault();
      set(present() + by);
    });
    bar.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      bar.setPointerCapture(event.pointerId);
      const right = this.node.getBoundingClientRect().right;
      bar.onpointermove = (move) => set(right - move.clientX - bar.offsetWidth / 2);
    });
    bar.addEventListener("pointerup", () => (bar.onpointermove = null));
  }
}
