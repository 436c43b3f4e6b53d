// Times as people in front of the page read them: the server's clock, the reader's time zone.

const answered = performance.getEntriesByType("navigation")[0]?.responseStart ?? 0;
const ahead = Date.parse(document.documentElement.dataset.now) - (performance.timeOrigin + answered);

/** The server's time in milliseconds, as far as this page knows. */
export const now = () => performance.timeOrigin + performance.now() + ahead;

/** Milliseconds since the server answered with this page. */
export const pageAge = () => Math.max(0, Math.round(performance.now() - answered));

const two = (number) => String(number).padStart(2, "0");

/** 12:03:48 */
export function clock(when) {
  const date = new Date(when);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
}

const MOMENT = /(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d)(:\d\d)?(\.\d+)? UTC/g;

/** 29 Nov; with the year where it is not this one. */
function dayOf(date) {
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString(localeOf(), { day: "numeric", month: "short", year });
}

/** A text of the server's, with its times in the reader's zone. One without a day is the one nearest to now. */
export const inOwnZone = (text) =>
  text.replace(MOMENT, (_, day, minute, second = "", fraction = "") => {
    const when = Date.parse(`${day ?? new Date(now()).toISOString().slice(0, 10)}T${minute}${second || ":00"}Z`);
    const nearest = day ? when : when + 864e5 * Math.round((now() - when) / 864e5);
    return (day ? `${dayOf(new Date(nearest))}, ` : "") + clock(nearest).slice(0, second ? 8 : 5) + fraction;
  });

/** English here has the day before the month, and 24 hours. */
export const localeOf = ({ lang } = document.documentElement) => (lang === "en" ? "en-GB" : lang);

const minutes = (when) => clock(when).slice(0, 5);

const bold = (text) => Object.assign(document.createElement("b"), { textContent: text });

/** A text with something in its gap, as nodes. */
const filled = (text, gap, ...nodes) => [text.split(gap)[0], ...nodes, text.split(gap)[1] ?? ""];

/** How long it is still open, in the words of the place (templates/polls/_closes.html). */
function closes(when, words) {
  const left = Math.max(0, when - now()) / 1000;
  if (left < 1) return [words.over];
  if (left < 600) return filled(words.in, "{left}", bold(`${Math.floor(left / 60)}:${two(Math.floor(left % 60))}`));
  if (left < 3600) return filled(words.in, "{left}", bold(words.minutes.replace("{minutes}", Math.floor(left / 60))));
  const day = new Date(when);
  if (left < 72000) return filled(words.until, "{when}", minutes(when));
  const format = left < 6 * 86400 ? { weekday: "long" } : { day: "numeric", month: "short" };
  return filled(words.until, "{when}", day.toLocaleDateString(localeOf(), format));
}

function tick() {
  const open = [...document.querySelectorAll("[data-closes]")];
  for (const element of open) element.replaceChildren(...closes(Date.parse(element.dataset.closes), element.dataset));
  if (open.length) setTimeout(tick, 1000 - (now() % 1000));
}

for (const place of document.querySelectorAll("[data-utc]")) place.textContent = inOwnZone(place.textContent);
for (const time of document.querySelectorAll("time[data-time]")) time.textContent = minutes(time.dateTime);
tick();
