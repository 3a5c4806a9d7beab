// Loaded on every page; everything here is an addition to a page that works without it.
import { all, isTextInput, one } from "../lib/dom.js";
import { startForms } from "../lib/forms.js";
import { csrf } from "../lib/http.js";
import { startTimes } from "../lib/times.js";
import { completeToasts, toast } from "../lib/toast.js";
import { startWordBreaks } from "../lib/word_breaks.js";
import { t } from "../lib/words.js";

const THEMES = ["auto", "light", "dark"];
const THEME_ICONS = { auto: "auto", light: "sun", dark: "moon" };

function themeSwitch() {
  const root = document.documentElement;
  for (const button of all("[data-theme-switch]")) {
    const show = () => {
      const theme = root.dataset.theme || "auto";
      const use = one("use", button);
      use.setAttribute("href", `${use.getAttribute("href").split("#")[0]}#${THEME_ICONS[theme]}`);
      button.title = `${button.dataset.label}: ${button.dataset[theme]}`;
      button.setAttribute("aria-label", button.title);
    };
    button.addEventListener("click", () => {
      const next = THEMES[(THEMES.indexOf(root.dataset.theme || "auto") + 1) % THEMES.length];
      if (next === "auto") delete root.dataset.theme;
      else root.dataset.theme = next;
      try {
        if (next === "auto") localStorage.removeItem("theme");
        else localStorage.setItem("theme", next);
      } catch {
        // the choice holds for this page only
      }
      show();
      document.dispatchEvent(new CustomEvent("theme"));
    });
    show();
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new CustomEvent("theme")));
}

function menus() {
  document.addEventListener("click", (event) => {
    for (const menu of all("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && one("details[data-menu][open]");
    if (menu) {
      menu.open = false;
      one("summary", menu).focus();
    }
  });
  document.addEventListener("focusin", (event) => {
    for (const menu of all("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
  });
}

function openers() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    if (event.target.closest("[data-print]")) print();
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard.writeText(copy.dataset.copy).then(() => toast(t("Copied")));
  });
  for (const button of all("[data-print], [data-copy]")) button.hidden = false;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "?" || isTextInput(event.target)) return;
    const help = document.getElementById("keys");
    if (help && !help.open) {
      event.preventDefault();
      help.showModal();
    }
  });
  // Selects that filter a list send their form at once.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
}

async function partialUpdates() {
  if (!one("[hx-get], [hx-post], [hx-trigger], [hx-boost]")) return;
  const { default: htmx } = await import("htmx.org");
  document.body.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = csrf();
  });
  document.body.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    toast(status === 401 || status === 403
      ? t("Your session has ended. Sign in again in another tab, then repeat this.")
      : t("That did not work. Load the page again and repeat it."), "error");
  });
  let focusedPart = ""; // id of the part that is being replaced, when the focus is inside
  document.body.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    if (target.contains(document.activeElement)) focusedPart = target.id;
  });
  document.body.addEventListener("htmx:afterSwap", () => {
    const part = focusedPart && document.activeElement === document.body && document.getElementById(focusedPart);
    focusedPart = "";
    if (!part) return;
    if (!part.hasAttribute("tabindex")) part.tabIndex = -1;
    part.focus({ preventScroll: true });
  });
  document.body.addEventListener("htmx:sendError", () => toast(t("No connection. Try again when you are online."), "error"));
  // Loaded after the page is parsed but before its pictures are, htmx would wait for an event that is over.
  htmx.process(document.body);
  window.htmx = htmx;
}

for (const bar of all(".rail ul, .tabs")) {
  if (bar.scrollWidth > bar.clientWidth) one("[aria-current]", bar)?.scrollIntoView({ block: "nearest", inline: "center" });
}
themeSwitch();
menus();
openers();
startWordBreaks();
startTimes();
startForms();
completeToasts();
partialUpdates();
