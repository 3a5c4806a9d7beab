// Countdowns, and the reader's own time beside the programme's.
import { all, enhance, one } from "./dom.js";
import { locale, stamp, t } from "./words.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "3 d 4 h left" */
export function timeLeft(milliseconds) {
  if (milliseconds <= 0) return t("closed");
  const days = Math.floor(milliseconds / DAY);
  const hours = Math.floor((milliseconds % DAY) / HOUR);
  const minutes = Math.floor((milliseconds % HOUR) / MINUTE);
  if (days) return t("%(days)s d %(hours)s h left", { days, hours });
  if (hours) return t("%(hours)s h %(minutes)s min left", { hours, minutes });
  if (minutes >= 10) return t("%(minutes)s min left", { minutes });
  return t("%(minutes)s min %(seconds)s s left", { minutes, seconds: Math.floor((milliseconds % MINUTE) / 1000) });
}

/** "2026-06-15, 12:00" on the clocks of a zone, or of the reader. */
const clockTime = (instant, zone) =>
  new Intl.DateTimeFormat("en-CA", {
    timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).format(instant);

/** The reader's own clock time for an instant, or "" when it reads the same as the zone shown. */
export function readersTime(instant, zone) {
  let zoneTime;
  try {
    zoneTime = clockTime(instant, zone);
  } catch {
    return ""; // a zone that this browser does not know
  }
  const ownTime = clockTime(instant);
  if (ownTime === zoneTime) return "";
  const sameDay = ownTime.slice(0, 10) === zoneTime.slice(0, 10);
  const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(sameDay ? {} : { day: "numeric", month: "short" }) };
  return t("your time %(time)s", { time: new Intl.DateTimeFormat(locale, options).format(instant) });
}

function tick(node) {
  const milliseconds = new Date(node.dataset.countdown) - Date.now();
  const slot = one("[data-left]", node);
  const text = timeLeft(milliseconds);
  if (slot && slot.textContent !== text) slot.textContent = text;
  node.toggleAttribute("data-soon", milliseconds > 0 && milliseconds < 2 * DAY);
  node.toggleAttribute("data-over", milliseconds <= 0);
  return milliseconds;
}

export function startTimes() {
  enhance("time[data-zone]", (node) => {
    const slot = one("[data-yours]", node.closest("[data-countdown]") || node.parentElement || node);
    if (slot?.dataset.yours === "account") return; // the page shows the time in the account's zone already
    const text = readersTime(new Date(node.dateTime), node.dataset.zone);
    if (!text) return;
    if (slot) slot.textContent = text;
    else node.title = text;
  });
  enhance("time[data-stamp]", (node) => {
    node.textContent = stamp(new Date(node.dateTime), new Date(), node.dataset.stamp || undefined);
  });
  enhance("[data-countdown]", tick);
  const update = () => {
    let soonest = Infinity;
    for (const node of all("[data-countdown]")) {
      const milliseconds = tick(node);
      if (milliseconds > 0) soonest = Math.min(soonest, milliseconds);
    }
    setTimeout(update, soonest < 10 * MINUTE ? 1000 : 20_000);
  };
  if (one("[data-countdown]")) update();
}
