// [data-undo]: offered for five seconds; "u" presses it.
import { isTextInput, one } from "../lib/dom.js";

const SECONDS = 5;
const form = one("[data-undo]");

if (form) {
  // The address must not offer it again when the page is loaded anew.
  const address = new URL(location.href);
  address.searchParams.delete("undo");
  history.replaceState(history.state, "", address);
  const timer = setTimeout(() => {
    if (form.contains(document.activeElement)) one("main")?.focus({ preventScroll: true });
    form.remove();
  }, SECONDS * 1000);
  form.addEventListener("submit", () => clearTimeout(timer));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "u" || event.ctrlKey || event.metaKey || event.altKey || !form.isConnected) return;
    if (isTextInput(event.target) && event.target.type !== "number") return;
    event.preventDefault();
    form.requestSubmit();
  });
}
