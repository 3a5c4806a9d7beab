// Countdowns, and the reader's own time beside the programme's.
import { all, one, upon } from "./dom.js";
import { locale, stamp, t } from "./words.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "3 d 4 h left" */
export function left(milliseconds) {
  if (milliseconds <= 0) return t("closed");
  const days = Math.floor(milliseconds / DAY);
  const hours = Math.floor((milliseconds % DAY) / HOUR);
  const minutes = Math.floor((milliseconds % HOUR) / MINUTE);
  if (days) return t("%(days)s d %(hours)s h left", { days, hours });
  if (hours) return t("%(hours)s h %(minutes)s min left", { hours, minutes });
  if (minutes >= 10) return t("%(minutes)s min left", { minutes });
  return t("%(minutes)s min %(seconds)s s left", { minutes, seconds: Math.floor((milliseconds % MINUTE) / 1000) });
}

const parts = (at, zone) =>
  new Intl.DateTimeFormat("en-CA", {
    timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).format(at);

/** The reader's own clock time for an instant, or "" when it reads the same as the zone shown. */
export function yours(at, zone) {
  let there;
  try {
    there = parts(at, zone);
  } catch {
    return "";
  }
  const here = parts(at);
  if (here === there) return "";
  const sameDay = here.slice(0, 10) === there.slice(0, 10);
  const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(sameDay ? {} : { day: "numeric", month: "short" }) };
  return t("your time %(time)s", { time: new Intl.DateTimeFormat(locale, options).format(at) });
}

function tick(node) {
  const milliseconds = new Date(node.dataset.countdown) - Date.now();
  const slot = one("[data-left]", node);
  const text = left(milliseconds);
  if (slot && slot.textContent !== text) slot.textContent = text;
  node.toggleAttribute("data-soon", milliseconds > 0 && milliseconds < 2 * DAY);
  node.toggleAttribute("data-over", milliseconds <= 0);
  return milliseconds;
}

export function startTimes() {
  upon("time[data-zone]", (node) => {
    const slot = one("[data-yours]", node.closest("[data-countdown]") || node.parentElement || node);
    if (slot?.dataset.yours === "account") return; // their account knows their zone: the page says it already
    const text = yours(new Date(node.dateTime), node.dataset.zone);
    if (!text) return;
    if (slot) slot.textContent = text;
    else node.title = text;
  });
  upon("time[data-stamp]", (node) => {
    node.textContent = stamp(new Date(node.dateTime));
  });
  upon("[data-countdown]", tick);
  const again = () => {
    let soonest = Infinity;
    for (const node of all("[data-countdown]")) {
      const milliseconds = tick(node);
      if (milliseconds > 0) soonest = Math.min(soonest, milliseconds);
    }
    setTimeout(again, soonest < 10 * MINUTE ? 1000 : 20_000);
  };
  if (one("[data-countdown]")) again();
}
