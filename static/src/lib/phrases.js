// A balanced Chinese heading breaks between words, not inside one. Browsers' `word-break: auto-phrase` knows Japanese only.
import { all } from "./dom.js";
import { lang } from "./words.js";

const BALANCED = "h1, h2, h3, h4, .empty p";
const HAN = /\p{Script=Han}{3}/u;

function texts(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) if (HAN.test(walker.currentNode.data)) found.push(walker.currentNode);
  return found;
}

/** The text with a place to break before each word; none before a mark, after an opening one, or inside "2026年" and "第1版". */
function parted(text, segmenter) {
  const part = document.createDocumentFragment();
  let open = true;
  let length = 0; // since the last break: two characters that stand alone are a word which no dictionary holds, as 征集
  for (const { segment } of segmenter.segment(text)) {
    if (!open && !/^[\p{P}\s]/u.test(segment) && !(length === 1 && segment.length === 1)) {
      part.append(document.createElement("wbr"));
      length = 0;
    }
    length += segment.length;
    part.append(segment);
    open = /[\p{Ps}\p{Pi}\d第]$/u.test(segment);
  }
  part.normalize();
  return part;
}

export function startPhrases() {
  if (lang !== "zh" || !Intl.Segmenter) return;
  const segmenter = new Intl.Segmenter("zh", { granularity: "word" });
  for (const node of all(BALANCED)) {
    const own = texts(node);
    if (!own.length) continue;
    for (const text of own) text.replaceWith(parted(text.data, segmenter));
    node.classList.add("phrased");
  }
}
