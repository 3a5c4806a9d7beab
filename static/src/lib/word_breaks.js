// A balanced Chinese heading breaks between words, not inside one. Browsers' `word-break: auto-phrase` knows Japanese only.
import { all } from "./dom.js";
import { language } from "./words.js";

const BALANCED = "h1, h2, h3, h4, .empty p";
const HAN = /\p{Script=Han}{3}/u;

function chineseTexts(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) if (HAN.test(walker.currentNode.data)) nodes.push(walker.currentNode);
  return nodes;
}

/**
 * The text cut where a line may break: before each word, but not before punctuation, after an opening bracket, or
 * inside "2026年" and "第1版". Two single characters in a row stay together: a word that no dictionary has, as 征集.
 */
export function linePieces(text, segmenter) {
  const pieces = [""];
  let mayBreak = false;
  for (const { segment } of segmenter.segment(text)) {
    const piece = pieces.at(-1);
    if (mayBreak && !/^[\p{P}\s]/u.test(segment) && !(piece.length === 1 && segment.length === 1)) pieces.push(segment);
    else pieces[pieces.length - 1] = piece + segment;
    mayBreak = !/[\p{Ps}\p{Pi}\d第]$/u.test(segment);
  }
  return pieces;
}

function withBreaks(text, segmenter) {
  const fragment = document.createDocumentFragment();
  for (const [index, piece] of linePieces(text, segmenter).entries()) {
    if (index) fragment.append(document.createElement("wbr"));
    fragment.append(piece);
  }
  return fragment;
}

export function startWordBreaks() {
  if (!language.breaksWords || !Intl.Segmenter) return;
  const segmenter = new Intl.Segmenter(language.tag, { granularity: "word" });
  for (const node of all(BALANCED)) {
    const texts = chineseTexts(node);
    if (!texts.length) continue;
    for (const text of texts) text.replaceWith(withBreaks(text.data, segmenter));
    node.classList.add("phrased");
  }
}
