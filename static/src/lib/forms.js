// Forms: no double submit, no lost text, counters, rows, error summary.
import { all, el, enhance, one } from "./dom.js";
import { dropDraft } from "./drafts.js";
import { t } from "./words.js";

let leaving = false;
const changedForms = new Set();

function guardSubmit() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog" || form.dataset.repeat !== undefined) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (form.method !== "post") return;
    // The page that compares two texts has them both: the copy on this device is no longer needed.
    if (form.dataset.dropDraft) dropDraft(form.dataset.dropDraft);
    form.dataset.sent = "1";
    leaving = true;
    event.submitter?.setAttribute("aria-busy", "true");
    changedForms.delete(form);
  });
  addEventListener("pageshow", () => {
    leaving = false;
    for (const form of all("form[data-sent]")) delete form.dataset.sent;
    for (const button of all('[aria-busy="true"]')) button.removeAttribute("aria-busy");
  });
}

function guardText() {
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form || form.method !== "post" || form.dataset.guard === "off" || form.dataset.autosaveUrl) return;
    if (form.dataset.guard !== undefined || one("textarea", form)) changedForms.add(form);
  });
  addEventListener("beforeunload", (event) => {
    if (leaving || ![...changedForms].some((form) => form.isConnected)) return;
    event.preventDefault();
    event.returnValue = ""; // older browsers ask only when this is set
  });
}

function countCharacters(node) {
  const control = document.getElementById(node.dataset.countFor);
  if (!control) return;
  const limit = Number(control.dataset.limit);
  const show = () => {
    const length = [...control.value].length;
    node.textContent = t("%(count)s / %(limit)s characters", { count: length, limit });
    node.toggleAttribute("data-over", length > limit);
  };
  control.addEventListener("input", show);
  show();
}

function renumber(box) {
  const prefix = box.dataset.rows;
  const pattern = new RegExp(`^${prefix.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}-\\d+`);
  all("[data-row]", box).forEach((row, index) => {
    const number = one(".row-n", row);
    if (number) number.textContent = index + 1;
    for (const node of all("[name], [id], [for], [aria-describedby], [data-count-for]", row))
      for (const attribute of ["name", "id", "for", "aria-describedby", "data-count-for"])
        if (node.hasAttribute(attribute))
          node.setAttribute(attribute, node.getAttribute(attribute).split(" ").map((id) => id.replace(pattern, `${prefix}-${index}`)).join(" "));
  });
  const rows = all("[data-row]", box);
  const full = box.dataset.max && rows.length >= Number(box.dataset.max);
  one("[data-row-add]", box).hidden = Boolean(full);
  for (const button of all("[data-row-remove]", box)) button.hidden = rows.length < 2;
}

function clearRow(row) {
  for (const control of all("input, select, textarea", row)) {
    if (control.type === "checkbox" || control.type === "radio") control.checked = false;
    else if (control.tagName === "SELECT") control.selectedIndex = 0;
    else control.value = "";
    control.removeAttribute("aria-invalid");
  }
  for (const message of all(".error", row)) message.remove();
  for (const field of all(".field-bad", row)) field.classList.remove("field-bad");
}

function editRows(box) {
  if (!one("[data-row]", box)) return; // nothing to copy from: the server adds the first row
  const list = one("[data-rows-list]", box);
  one("[data-row-add]", box).type = "button"; // Enter in a text field must not add a row
  renumber(box);
  box.addEventListener("click", (event) => {
    const add = event.target.closest("[data-row-add]");
    const remove = event.target.closest("[data-row-remove]");
    if (!add && !remove) return;
    event.preventDefault();
    if (add) {
      const copy = list.lastElementChild.cloneNode(true);
      clearRow(copy);
      list.append(copy);
      renumber(box);
      one("input, select, textarea", copy)?.focus();
    } else {
      remove.closest("[data-row]").remove();
      renumber(box);
      one("[data-row-add]", box).focus();
    }
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

function errorSummary(node) {
  node.focus();
  node.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const target = link && document.getElementById(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    target.closest("details:not([open])")?.setAttribute("open", "");
    (target.matches("input, select, textarea, button") ? target : one("input, select, textarea", target) || target).focus();
    target.scrollIntoView({ block: "center" });
  });
}

/** A confirmation that is a panel in the page becomes a modal dialog; after a refusal it is open again. */
function confirmInDialog(details) {
  const trigger = one("summary", details);
  const panel = one(".confirm-panel", details);
  const close = one("[data-close]", panel);
  close.hidden = false;
  const show = () => {
    const heading = one("h2", panel);
    heading.id ||= `confirm-${Math.random().toString(36).slice(2)}`;
    const dialog = el("dialog", { "aria-labelledby": heading.id });
    dialog.append(panel);
    document.body.append(dialog);
    dialog.addEventListener("close", () => {
      details.append(panel);
      dialog.remove();
      trigger.focus();
    });
    close.onclick = () => dialog.close();
    dialog.addEventListener("click", (press) => press.target === dialog && dialog.close());
    dialog.showModal();
    (one("textarea, input:not([type=hidden]), select", panel) || close).focus();
  };
  trigger.addEventListener("click", (event) => {
    event.preventDefault();
    show();
  });
  if (details.open) {
    details.open = false;
    show();
  }
}

export function startForms() {
  guardSubmit();
  guardText();
  enhance("[data-count-for]", countCharacters);
  enhance("[data-rows]", editRows);
  enhance("[data-error-summary]", errorSummary);
  enhance("details[data-confirm]", confirmInDialog);
}
