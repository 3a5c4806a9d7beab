import { all, el, icon, one } from "./dom.js";
import { t } from "./words.js";

const ICONS = { error: "error", warn: "warn", info: "info", success: "check-circle" };
const SECONDS = { success: 6, info: 8 };

/** Show a message in the corner; errors and warnings stay until closed. */
export function toast(text, kind = "success") {
  const list = one("[data-toasts]") || document.body.appendChild(el("div", { class: "toasts", role: "status", "aria-live": "polite", "data-toasts": true }));
  const node = el("div", { class: `toast toast-${kind}` }, icon(ICONS[kind] || "info"), el("p", {}, text));
  list.append(node);
  addCloseButton(node, kind);
}

function addCloseButton(node, kind) {
  const button = el("button", { type: "button", "aria-label": t("Close") }, "×");
  button.addEventListener("click", () => node.remove());
  node.append(button);
  if (SECONDS[kind]) {
    let timer = setTimeout(() => node.remove(), SECONDS[kind] * 1000);
    node.addEventListener("pointerenter", () => clearTimeout(timer));
    node.addEventListener("pointerleave", () => (timer = setTimeout(() => node.remove(), 3000)));
    node.addEventListener("focusin", () => clearTimeout(timer)); // its button is not removed while it has the focus
  }
}

/** Messages that the server put into the page get their button, and close like the others. */
export function completeToasts() {
  for (const node of all("[data-toasts] .toast")) {
    const kind = /toast-(error|danger|bad)/.test(node.className) ? "error"
      : /toast-(warn|warning)/.test(node.className) ? "warn" : /toast-(info|message)/.test(node.className) ? "info" : "success";
    addCloseButton(node, kind);
  }
}
