// The texts of scripts. The English text is the key, as in the templates; words/*.json have the translations.
import { LANGUAGES } from "../words/languages.js";

/** The language of the page: `code`, `tag` and what differs between languages. */
export const language = LANGUAGES.find(({ tag }) => tag === document.documentElement.lang) || LANGUAGES[0];
export const { locale } = language;

/** The text in the page's language; `%(name)s` is filled from `values`. */
export function t(text, values = {}) {
  return (language.words[text] || text).replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "");
}

const datePart = (instant, options) =>
  new Intl.DateTimeFormat("en-US", options).formatToParts(instant).find(({ type }) => type in options)?.value;

/** A day as `short_date` in kernel/text/languages.py says: "15 Jun", "6月15日". */
function shortDate(instant, timeZone) {
  const parts = { d: Number(datePart(instant, { day: "numeric", timeZone })), M: Number(datePart(instant, { month: "numeric", timeZone })) };
  const month = () => new Intl.DateTimeFormat(language.tag, { month: "short", timeZone }).format(instant);
  return language.shortDate.replace(/MMM|M|d/g, (field) => parts[field] ?? month());
}

/** "14:02 (UTC+8)", with the date unless that is today: as `stamp` in kernel/text/i18n.py. In `timeZone`, else the reader's own. */
export function stamp(instant, now = new Date(), timeZone = undefined) {
  const time = new Intl.DateTimeFormat("en-US", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone }).format(instant);
  const offset = datePart(instant, { timeZoneName: "shortOffset", timeZone }).replace("GMT", "UTC").replace("\u2212", "-").replace(/[+-]0$/, "");
  const day = (at) => new Intl.DateTimeFormat("en-CA", { dateStyle: "short", timeZone }).format(at);
  const date = day(instant) === day(now) ? "" : shortDate(instant, timeZone) + language.dateTimeGap;
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
