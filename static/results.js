// The result page: draws each new snapshot into the chart that the server has drawn first.

import { clock, now } from "./clock.js";
import { cloudIn } from "./cloud.js";
import { drawEstimates } from "./estimates.js";
import { listEntries } from "./entries.js";
import { goAlong, stripOf } from "./event.js";
import { drawRatings } from "./ratings.js";
import { drawRunoff } from "./runoff.js";
import { counted, drawnVotes, follow, percent, sayWhatWaits, shareText, showPicture, showRight, spaced } from "./snapshot.js";
import { hidden, note, outstanding, summary } from "./summary.js";
import { linkTimeline, showTimeline } from "./timeline.js";

const PATIENCE = 15_000; // ms at most before a page whose choices have changed loads again
const COPIED_FOR = 4_000; // ms

const main = document.querySelector("main");
const live = document.querySelector(".live");
const words = JSON.parse(document.getElementById("sentences").textContent);
/** The first snapshot is on the page; null when no store could give it. */
const first = JSON.parse(document.getElementById("snapshot").textContent);
let rows = new Map([...main.querySelectorAll("[data-choice]")].map((row) => [Number(row.dataset.choice), row]));
const several = "overlap" in main.dataset;
const goOn = goAlong(stripOf(main));
const entries = main.querySelector("[data-entries]");
const drawCloud = cloudIn(main);
const isDrawnAsBars = !main.querySelector(".chart").matches(".ratings, .estimates");

const find = (selector, within = main) => within.querySelector(selector);
const svg = (name, attributes, text = "") => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
};

function drawTicks(top) {
  if (main.dataset.top === String(top)) return;
  main.dataset.top = top;
  const places = Array.from({ length: top / 10 + 1 }, (_, index) => [`${(1000 * index) / top}%`, 10 * index]);
  find(".ticks").replaceChildren(...places.map(([x]) => svg("line", { x1: x, x2: x, y2: "100%" })));
  find(".tick-labels").replaceChildren(...places.map(([x, tick]) => svg("text", { x, y: "1em", dx: ".35em" }, percent(tick))));
}

function drawRow(choice, snapshot) {
  const row = rows.get(choice.id);
  const bar = `${(1e4 * drawnVotes(choice)) / Math.max(snapshot.base, 1) / snapshot.top}%`;
  row.classList.toggle("leads", outstanding(snapshot).includes(choice));
  find(".name", row).textContent = choice.text;
  find(".note", row).textContent = note(words, choice, snapshot);
  showPicture(row, choice);
  showRight(find(".note", row), snapshot.quiz?.right.includes(choice.id));
  find(".fill", row).setAttribute("width", bar);
  find(".needle", row).setAttribute("x", bar);
  find(".percent", row).textContent = shareText(choice.percent);
  find(".votes", row).textContent = choice.votes === null ? "" : spaced(choice.votes);
}

function drawBars(snapshot) {
  if (!entries) drawTicks(snapshot.top);
  for (const choice of snapshot.choices) drawRow(choice, snapshot);
  if (main.dataset.order === "votes") order(snapshot.choices);
}

/** Put the rows in the order of their votes; ties keep the poll's order. Rows that stand right are not touched. */
function order(choices) {
  const list = find(".chart ol");
  const sorted = [...choices].sort((one, other) => (other.votes ?? 0) - (one.votes ?? 0));
  sorted.forEach(({ id }, place) => {
    if (list.children[place] !== rows.get(id)) list.insertBefore(rows.get(id), list.children[place]);
  });
}

function show(snapshot) {
  if (entries) rows = listEntries(entries, snapshot);
  if (snapshot.choices.length !== rows.size || !snapshot.choices.every(({ id }) => rows.has(id))) {
    setTimeout(() => location.reload(), PATIENCE * Math.random());
    return;
  }
  find("h1").textContent = snapshot.poll.question;
  find(".sentence").replaceChildren(...summary(words, snapshot, { rule: main.dataset.rule, several }));
  find("[data-voters]").textContent = spaced(snapshot.voters);
  const word = find("[data-voters-word]");
  word.textContent = counted(word, snapshot.voters);
  drawState(find(".chart").classList, snapshot);
  for (const part of main.querySelectorAll(".files, .ordered")) part.hidden = hidden(snapshot);
  sayWhatComes(find(".coming"), snapshot);
  // Who hosts saw a final result before the others; now all do, but for one that is for hosts alone.
  if (snapshot.poll.state === "final" && main.dataset.rule !== "staff") find(".only-hosts")?.remove();
  if (isDrawnAsBars) drawBars(snapshot);
  drawCloud(snapshot);
  drawRatings(main, snapshot);
  drawEstimates(main, snapshot);
  drawRunoff(main, words, snapshot);
  if (snapshot.poll.state !== main.dataset.state && main.dataset.state) find(".closes")?.remove();
  sayWhatWaits(find("[data-waits]"), snapshot);
  showTimeline(snapshot);
  main.dataset.state = snapshot.poll.state;
  main.dataset.counting = snapshot.counting;
  main.dataset.version = snapshot.version;
  goOn(snapshot.event);
}

/** The classes of the chart that say what it holds. */
function drawState(classes, snapshot) {
  classes.remove(...[...classes].filter((name) => name.startsWith("digits-")));
  classes.add(`digits-${Math.min(10, String(snapshot.voters).length)}`);
  classes.toggle("hidden-result", hidden(snapshot));
  classes.toggle("no-votes", !hidden(snapshot) && !snapshot.voters);
}

/** Votes that wait in the box of an open poll. They may be changes of mind, so they are not called voters. */
function sayWhatComes(place, { poll, waiting }) {
  place.textContent = poll.state === "open" && waiting ? `, ${counted(place, waiting)}` : "";
}

function link(state, heard) {
  main.dataset.link = state;
  const settled = main.dataset.state === "final" && state !== "reconnecting";
  const paused = main.dataset.counting === "paused" && state === "live";
  live.dataset.live = settled ? "final" : paused ? "paused" : state;
  find("time", live).textContent = clock(heard);
  linkTimeline(state, heard);
}

const copy = find(".copy");
const label = copy?.textContent;
copy?.addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(location.href);
    copy.textContent = copy.dataset.done;
  } catch {
    // Not allowed, as on a page without HTTPS.
    copy.textContent = copy.dataset.failed;
  }
  setTimeout(() => (copy.textContent = label), COPIED_FOR);
});

if (first) show(first);
link("still", first ? Date.parse(first.sent_at) : now());
follow(() => main.dataset.socket, main.dataset.snapshots, { show, link, shown: first });
