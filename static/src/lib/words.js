// What scripts say. The English text is the key, as in the templates; zh.json and ko.json hold the others.
import ko from "../words/ko.json";
import zh from "../words/zh.json";

export const lang = (document.documentElement.lang || "en").slice(0, 2);
const words = { zh, ko }[lang] || {};

/** The text in the page's language; `%(name)s` is filled from `values`. */
export function t(text, values = {}) {
  return (words[text] || text).replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "");
}

const LOCALES = { en: "en-GB", zh: "zh-CN", ko: "ko-KR" };
export const locale = LOCALES[lang] || lang;

/** "14:02" in the reader's own zone. */
export function clock(at = new Date()) {
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
}

/** "20.0 MB": decimal units, as storage is sold. */
export function bytes(count) {
  const units = ["B", "kB", "MB", "GB"];
  let unit = 0;
  let value = count;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: unit ? 1 : 0, minimumFractionDigits: unit ? 1 : 0 }).format(value)} ${units[unit]}`;
}
