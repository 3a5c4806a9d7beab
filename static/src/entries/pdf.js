// [data-pdf]: a PDF read in the page, loaded when it comes into view.
//   data-src   address of the file; short-lived, so data-refresh-url answers {url} with a new one
//   data-name  what to call it; data-download  address to save it, by which the page last read is remembered
//   the event "turn-page" (detail: 1 or -1) goes to the next or previous page
import * as pdfjs from "pdfjs-dist";
import { el, enhance, icon } from "../lib/dom.js";
import { send } from "../lib/http.js";
import { readJson, writeJson } from "../lib/storage.js";
import { t } from "../lib/words.js";

const PDFJS_DATA = new URL(PDFJS_DIR, import.meta.url);
pdfjs.GlobalWorkerOptions.workerSrc = new URL("pdf.worker.mjs", PDFJS_DATA).href;
const ZOOM = 1.2;

class Reader {
  constructor(box) {
    this.box = box;
    this.zoom = 1;
    this.pages = [];
    this.view = el("div", { class: "pdf-view", tabindex: "0", role: "document", "aria-label": box.dataset.name || t("Document") });
    this.input = el("input", { class: "pdf-page num", type: "number", min: "1", value: "1", "aria-label": t("Page") });
    this.count = el("span", { class: "num quiet" });
    const button = (name, label, act) => {
      const node = el("button", { class: "btn btn-quiet btn-icon btn-small", type: "button", "aria-label": label, title: label }, icon(name));
      node.addEventListener("click", act);
      return node;
    };
    const bar = el("div", { class: "pdf-bar" },
      el("span", { class: "pdf-name" }, box.dataset.name || ""),
      button("chevron-up", t("Previous page"), () => this.go(this.page - 1)),
      this.input, this.count,
      button("chevron-down", t("Next page"), () => this.go(this.page + 1)),
      button("zoom-out", t("Smaller"), () => this.scale(1 / ZOOM)),
      button("zoom-in", t("Larger"), () => this.scale(ZOOM)));
    if (box.dataset.download) bar.append(el("a", { class: "btn btn-quiet btn-icon btn-small", href: box.dataset.download, "aria-label": t("Download"), title: t("Download") }, icon("download")));
    this.input.addEventListener("change", () => this.go(Number(this.input.value)));
    this.view.addEventListener("scroll", () => this.showPageNumber(), { passive: true });
    box.addEventListener("turn-page", (event) => this.go(this.page + event.detail));
    this.pageKey = `opencall:page:${(box.dataset.download || "").replace(/^\/\w+/, "")}`;
    const focused = box.contains(document.activeElement); // the link that the viewer replaces
    box.replaceChildren(bar, this.view);
    if (focused) this.view.focus();
    this.note = el("p", { class: "pdf-note", role: "status" }, t("Opening the document…"));
    this.view.append(this.note);
    this.watcher = new IntersectionObserver((entries) => this.drawVisible(entries), { root: this.view, rootMargin: "600px" });
  }

  async open() {
    try {
      const url = this.box.dataset.refreshUrl ? (await send(this.box.dataset.refreshUrl, { method: "GET" })).url : this.box.dataset.src;
      this.document = await pdfjs.getDocument({
        url,
        cMapUrl: new URL("cmaps/", PDFJS_DATA).href,
        cMapPacked: true,
        standardFontDataUrl: new URL("standard_fonts/", PDFJS_DATA).href,
        wasmUrl: new URL("wasm/", PDFJS_DATA).href,
        iccUrl: new URL("iccs/", PDFJS_DATA).href,
        isEvalSupported: false,
        enableXfa: false,
      }).promise;
    } catch (error) {
      this.note.textContent = error.name === "PasswordException"
        ? t("This document is locked with a password and can’t be shown here.")
        : t("The document can’t be shown. Load the page again, or download it.");
      return;
    }
    this.input.max = this.document.numPages;
    this.count.textContent = `/ ${this.document.numPages}`;
    await this.layOut();
    const remembered = readJson(this.pageKey);
    if (remembered > 1) this.go(remembered);
    this.followWidth();
  }

  /** Drawn anew when the space for it has become wider or narrower, on the same page. */
  followWidth() {
    let width = this.view.clientWidth;
    let timer;
    new ResizeObserver(() => {
      if (!this.view.clientWidth || this.view.clientWidth === width) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        width = this.view.clientWidth;
        this.scale(1);
      }, 200);
    }).observe(this.view);
  }

  /** Empty sheets of the right size; a sheet is drawn when it comes near. */
  async layOut() {
    const first = await this.document.getPage(1);
    const pageSize = first.getViewport({ scale: 1 });
    this.fit = Math.max(0.3, (this.view.clientWidth - 28) / pageSize.width);
    this.watcher.disconnect();
    this.pages = [];
    this.view.replaceChildren();
    for (let number = 1; number <= this.document.numPages; number += 1) {
      const sheet = el("div", { class: "pdf-sheet", "data-page": number });
      this.setSize(sheet, pageSize);
      this.pages.push(sheet);
      this.view.append(sheet);
      this.watcher.observe(sheet);
    }
  }

  setSize(sheet, pageSize) {
    const scale = this.fit * this.zoom;
    sheet.style.width = `${Math.floor(pageSize.width * scale)}px`;
    sheet.style.height = `${Math.floor(pageSize.height * scale)}px`;
  }

  async drawVisible(entries) {
    for (const { isIntersecting, target } of entries) if (isIntersecting && !target.dataset.drawn) await this.draw(target);
  }

  async draw(sheet) {
    sheet.dataset.drawn = "1";
    const page = await this.document.getPage(Number(sheet.dataset.page));
    this.setSize(sheet, page.getViewport({ scale: 1 }));
    const scale = this.fit * this.zoom;
    const viewport = page.getViewport({ scale });
    const density = Math.min(2, devicePixelRatio || 1);
    const canvas = el("canvas", { width: Math.floor(viewport.width * density), height: Math.floor(viewport.height * density) });
    canvas.style.width = `${Math.floor(viewport.width)}px`;
    canvas.style.height = `${Math.floor(viewport.height)}px`;
    const textLayer = el("div", { class: "textLayer" });
    sheet.style.setProperty("--scale-factor", scale);
    sheet.style.setProperty("--total-scale-factor", scale);
    sheet.replaceChildren(canvas, textLayer);
    await page.render({ canvasContext: canvas.getContext("2d"), canvas, viewport, transform: density === 1 ? null : [density, 0, 0, density, 0, 0] }).promise;
    await new pdfjs.TextLayer({ textContentSource: page.streamTextContent(), container: textLayer, viewport }).render();
  }

  get page() {
    const middle = this.view.scrollTop + this.view.clientHeight / 3;
    let current = 1;
    for (const [index, sheet] of this.pages.entries()) if (sheet.offsetTop - this.view.offsetTop <= middle) current = index + 1;
    return current;
  }

  showPageNumber() {
    if (!this.view.clientHeight) return; // its tab was closed
    if (document.activeElement !== this.input) this.input.value = this.page;
    writeJson(this.pageKey, this.page);
  }

  go(number) {
    const sheet = this.pages[Math.max(1, Math.min(this.pages.length, number)) - 1];
    if (sheet) this.view.scrollTop = sheet.offsetTop - this.view.offsetTop - 8;
    this.input.value = sheet?.dataset.page || 1;
  }

  async scale(by) {
    const page = this.page;
    this.zoom = Math.max(0.4, Math.min(4, this.zoom * by));
    await this.layOut();
    this.go(page);
  }
}

enhance("[data-pdf]", (box) => {
  new IntersectionObserver((entries, watcher) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watcher.disconnect();
    new Reader(box).open();
  }, { rootMargin: "200px" }).observe(box);
});
