// The whole queue as a table: each row is a form that saves itself; its controls stand in cells outside of it.
import { all, one } from "../lib/dom.js";
import "./autosave.js";

for (const form of all("form[data-autosave-url]")) {
  const { autosave } = form;
  if (autosave) autosave.state = one(`[data-saved-of="${form.id}"]`);
}

for (const name of ["input", "change"]) {
  document.addEventListener(name, ({ target }) => target.form && !target.form.contains(target) && target.form.autosave?.schedule());
}

/** The control of the same column in the next row that has one, or nothing at the table's ends. */
function neighbour(control, by) {
  const row = control.closest("[data-row]");
  const rows = all("[data-row]");
  return rows[rows.indexOf(row) + by]?.querySelector(`[name="${control.name}"]:not([type="hidden"])`);
}

document.addEventListener("keydown", (event) => {
  const control = event.target.closest?.("[data-row] input, [data-row] textarea");
  if (!control || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const isText = control.tagName === "TEXTAREA";
  const by = { ArrowDown: 1, ArrowUp: -1, Enter: 1 }[event.key];
  if (!by || (isText && event.key !== "Enter") || event.shiftKey) return;
  if (isText && control.value.includes("\n")) return; // a text of several lines goes on
  event.preventDefault();
  const next = neighbour(control, by);
  next?.focus();
  next?.select?.();
});
