// form[data-declaration]: the conflict question by one key. "n" is no and goes on; "y" is yes and asks what kind of tie.
import { isTextInput, one } from "../lib/dom.js";

const form = one("form[data-declaration]");
const answer = (value) => one(`input[type="radio"][value="${value}"]`, form);

if (form && answer("none")) {
  answer("none").focus();
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTextInput(event.target)) return;
    const letter = event.key.toLowerCase();
    if (letter !== "n" && letter !== "y") return;
    event.preventDefault();
    const chosen = answer(letter === "n" ? "none" : "tied");
    chosen.checked = true;
    if (letter === "n") form.requestSubmit();
    else one("select", form).focus();
  });
} else if (form) one("select", form)?.focus();
