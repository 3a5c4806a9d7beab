export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
export const one = (selector, root = document) => root.querySelector(selector);

/** An element with attributes and children; text is never parsed as HTML. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

/** An icon from the sprite that the page already uses. */
export function icon(name) {
  const sprite = (one("svg.i use")?.getAttribute("href") || "#").split("#")[0];
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

/** Whether keys typed at `target` write text. */
export const isTextInput = (target) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) ||
    (target.tagName === "INPUT" && !/^(radio|checkbox|button|submit|range)$/.test(target.type)));

/** Run `start` once on every match, now and in parts that htmx loads later (htmx also reports the first page). */
export function enhance(selector, start) {
  const started = new WeakSet();
  const startOnce = (node) => {
    if (started.has(node)) return;
    started.add(node);
    start(node);
  };
  const startIn = (root) => {
    if (root.matches?.(selector)) startOnce(root);
    for (const node of all(selector, root)) startOnce(node);
  };
  startIn(document);
  document.addEventListener("htmx:load", (event) => startIn(event.detail.elt));
}
