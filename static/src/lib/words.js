// The texts of scripts. The English text is the key, as in the templates; zh.json and ko.json have the translations.
import ko from "../words/ko.json" with { type: "json" };
import zh from "../words/zh.json" with { type: "json" };

export const lang = (document.documentElement.lang || "en").slice(0, 2);
const words = { zh, ko }[lang] || {};

/** The text in the page's language; `%(name)s` is filled from `values`. */
export function t(text, values = {}) {
  return (words[text] || text).replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "");
}

const LOCALES = { en: "en-GB", zh: "zh-CN", ko: "ko-KR" };
export const locale = LOCALES[lang] || lang;

const datePart = (instant, options) =>
  new Intl.DateTimeFormat("en-US", options).formatToParts(instant).find(({ type }) => type in options)?.value;
const DATES = { zh: (month, day) => `${month}月${day}日 `, ko: (month, day) => `${month}월 ${day}일 ` };

/** "14:02 (UTC+8)" in the reader's own zone, with the date unless that is today: as `stamp` in kernel/text/i18n.py. */
export function stamp(instant, now = new Date()) {
  const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(instant);
  const offset = datePart(instant, { timeZoneName: "shortOffset" }).replace("GMT", "UTC").replace("\u2212", "-").replace(/[+-]0$/, "");
  let date = "";
  if (instant.toDateString() !== now.toDateString()) {
    const format = DATES[lang];
    date = format ? format(instant.getMonth() + 1, instant.getDate()) : `${instant.getDate()} ${datePart(instant, { month: "short" })}, `;
  }
  return `${date}${time} (${offset})`;
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
