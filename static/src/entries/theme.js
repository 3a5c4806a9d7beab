// Runs before the first paint, so that a reader of the dark theme is not blinded by the light one.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // storage may be forbidden; the system's theme is used then
  }
})();
