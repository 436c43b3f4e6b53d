// The time line of a result page: goes on from what the server has drawn (polls/templatetags/timelines.py), with the
// same measures, from the snapshots that come anyway. Between them it only moves with the clock.

import { clock, localeOf, now } from "./clock.js";
import { spaced } from "./snapshot.js";

const SPANS = 42;
const HIGHEST = 0.8; // of the height
const BAR = 0.63; // of a span
const ROOM = 6, ROOM_AT_LEAST = 18, ROOM_OF_MANY_TIMES = 30; // spans
const TICK = 1000; // ms
const HALF_HOUR = 1800, SIX_HOURS = 21_600; // s

const section = document.querySelector(".timeline");
const per = JSON.parse(document.getElementById("per-span").textContent);
const steps = Object.keys(per).map(Number);
const find = (selector) => section.querySelector(selector);
const [bars, times] = section.querySelectorAll(".spans > g");
const percent = (part) => `${Math.round(1e4 * part) / 100}%`;

let line = null;
let isOpen = false;
let silentSince = 0; // ms; 0 while there is news
let drawn = "";

const element = (name, attributes, text = "") => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
};

/** The same votes in spans that are long enough for this second to have one (polls/counting/timeline.py: until). */
function until({ start, step, votes }, second) {
  for (const longer of steps) {
    if (longer <= step || second - start < SPANS * step) continue;
    const begin = start - (start % longer);
    const merged = [];
    votes.forEach((number, index) => {
      const span = Math.floor((start + index * step - begin) / longer);
      merged[span] = (merged[span] ?? 0) + number;
    });
    [start, step, votes] = [begin, longer, Array.from(merged, (number) => number ?? 0)];
  }
  return { start, step, votes };
}

function timeOf(second, step) {
  const day = step >= SIX_HOURS ? { day: "numeric", month: "short", timeZone: "UTC" } : {};
  const weekday = step >= HALF_HOUR && step < SIX_HOURS ? { weekday: "short" } : {};
  const time = step < SIX_HOURS ? { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } : {};
  return new Intl.DateTimeFormat(localeOf(), { ...day, ...weekday, ...time }).format(second * 1000).replace(",", "");
}

function draw() {
  const second = Math.floor(now() / 1000);
  const { start, step, votes } = isOpen ? until(line, second) : line;
  const filling = isOpen && !silentSince ? Math.floor((second - start) / step) : -1;
  const state = JSON.stringify([start, step, votes, filling, silentSince && second]);
  if (state === drawn) return;
  drawn = state;
  const most = Math.max(0, ...votes);
  const used = isOpen ? Math.floor((second - start) / step) + 1 : 0;
  const room = Math.min(SPANS, Math.max(ROOM_AT_LEAST, Math.ceil(Math.max(votes.length, used) / ROOM) * ROOM));
  const width = percent(BAR / room);
  bars.replaceChildren(...votes.flatMap((number, index) => (number ? [bar(index / room, number / most, width, index === filling)] : [])));
  if (most) bars.append(element("text", { class: "most", x: percent((votes.indexOf(most) + BAR / 2) / room), y: "1em" }, spaced(most)));
  if (silentSince && isOpen) bars.append(...silence((silentSince / 1000 - start) / step / room, (second - start) / step / room));
  drawTimes(start, step, room);
  find("[data-per]").textContent = per[step];
  find(".when-filling").hidden = !votes[filling];
  const words = find("[data-most-words]");
  words.textContent = most ? words.dataset.mostWords.replace("{votes}", spaced(most)) : "";
}

function bar(place, part, width, isFilling) {
  const box = { x: percent(place), y: percent(1 - HIGHEST * part), width, height: percent(HIGHEST * part) };
  return element("rect", isFilling ? { class: "filling", ...box } : box);
}

/** From the last news to now nobody here knows anything. */
function silence(from, to) {
  const x = percent(Math.max(0, from));
  const width = percent(Math.max(0, Math.min(1, to) - Math.max(0, from)));
  return [
    element("rect", { class: "silent", x, y: percent(1 - HIGHEST), width, height: percent(HIGHEST) }),
    element("line", { class: "since", x1: x, x2: x, y1: percent(1 - HIGHEST), y2: "100%" }),
  ];
}

function drawTimes(start, step, room) {
  const key = `${start} ${step} ${room}`;
  if (times.dataset.drawn === key) return;
  times.dataset.drawn = key;
  const every = room <= ROOM_OF_MANY_TIMES ? ROOM : 2 * ROOM;
  const places = Array.from({ length: Math.ceil(room / every) }, (_, index) => index * every);
  times.replaceChildren(...places.map((span) => element("text", { x: percent(span / room), y: "100%", dy: "1.45em" }, timeOf(start + span * step, step))));
}

/** Draws a snapshot's time line. */
export function showTimeline(snapshot) {
  isOpen = snapshot.poll.state === "open";
  line = snapshot.timeline?.votes?.length ? snapshot.timeline : null;
  // The room of an open poll's is kept: nothing moves when its first vote comes.
  section.hidden = !line && !isOpen;
  section.classList.toggle("no-votes", !line);
  if (line) return draw();
  bars.replaceChildren();
  times.replaceChildren();
  delete times.dataset.drawn;
}

/** Says since when there has been no news, while the page can't hear of any. */
export function linkTimeline(state, heard) {
  silentSince = state === "reconnecting" ? heard : 0;
  find(".when-silent").hidden = !silentSince || !isOpen;
  find(".when-silent time").textContent = clock(heard);
  if (line) draw();
}

setInterval(() => line && isOpen && draw(), TICK);
