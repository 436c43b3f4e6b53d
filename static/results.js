// The result page: draws each new snapshot into the chart that the server has drawn first.

import { clock, now } from "./clock.js";
import { follow, sayWhatWaits, spaced } from "./snapshot.js";

const PATIENCE = 15_000; // ms at most before a page whose choices have changed loads again
const NAMES_IN_A_TIE = 3;

const main = document.querySelector("main");
const live = document.querySelector(".live");
const words = JSON.parse(document.getElementById("sentences").textContent);
/** The first snapshot is on the page; null when no store could give it. */
const first = JSON.parse(document.getElementById("snapshot").textContent);
const rows = new Map([...main.querySelectorAll("[data-choice]")].map((row) => [Number(row.dataset.choice), row]));
const several = Number(main.dataset.max) > 1;

const find = (selector, within = main) => within.querySelector(selector);
const svg = (name, attributes, text = "") => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
};

/** A sentence with its gaps filled; names are set in bold. */
function sentence(key, gaps = {}) {
  return words[key].split(/(\{\w+\})/).flatMap((part) => {
    const gap = part.match(/^\{(\w+)\}$/)?.[1];
    if (gap !== "names") return gap ? [String(gaps[gap])] : [part];
    return gaps.names.flatMap((name, index) => [
      index === 0 ? "" : index === gaps.names.length - 1 ? words.and : ", ",
      Object.assign(document.createElement("b"), { textContent: name }),
    ]);
  });
}

function summary(snapshot, leaders) {
  const final = snapshot.poll.state === "final";
  if (snapshot.choices.some(({ votes }) => votes === null)) return sentence(main.dataset.rule in words ? main.dataset.rule : "after_close");
  if (!leaders.length) return sentence(final ? "nobody" : "none");
  const votes = leaders[0].votes;
  const gaps = { votes: spaced(votes), voters: spaced(snapshot.voters), count: leaders.length, names: leaders.map(({ text }) => text) };
  if (leaders.length > NAMES_IN_A_TIE) return sentence("tie_many", gaps);
  if (leaders.length > 1) return sentence(votes === 1 ? "tie_one" : "tie", gaps);
  const kind = snapshot.voters === 1 ? "_alone" : several ? "_picked" : "";
  return sentence((final ? "won" : "leads") + kind, gaps);
}

function note(choice, snapshot, leaders) {
  if (!leaders.includes(choice) || snapshot.choices.length === 1) return "";
  if (leaders.length > 1) return words.by_tie;
  const second = Math.max(...snapshot.choices.filter((other) => other !== choice).map(({ votes }) => votes));
  return words[snapshot.poll.state === "final" ? "by_won" : "by_leads"].replace("{lead}", spaced(choice.votes - second));
}

function drawTicks(top) {
  if (main.dataset.top === String(top)) return;
  main.dataset.top = top;
  const places = Array.from({ length: top / 10 + 1 }, (_, index) => [`${(1000 * index) / top}%`, 10 * index]);
  find(".ticks").replaceChildren(...places.map(([x]) => svg("line", { x1: x, x2: x, y2: "100%" })));
  find(".tick-labels").replaceChildren(...places.map(([x, tick]) => svg("text", { x, y: "1em", dx: ".35em" }, `${tick} %`)));
}

function drawRow(choice, snapshot, leaders, top) {
  const row = rows.get(choice.id);
  const bar = `${(1e4 * (choice.votes ?? 0)) / Math.max(snapshot.voters, 1) / top}%`;
  row.classList.toggle("leads", leaders.includes(choice));
  find(".name", row).textContent = choice.text;
  find(".note", row).textContent = note(choice, snapshot, leaders);
  find(".fill", row).setAttribute("width", bar);
  find(".needle", row).setAttribute("x", bar);
  find(".percent", row).textContent = choice.percent === null ? "–" : `${choice.percent} %`;
  find(".votes", row).textContent = choice.votes === null ? "" : spaced(choice.votes);
}

function show(snapshot) {
  if (snapshot.choices.length !== rows.size || !snapshot.choices.every(({ id }) => rows.has(id))) {
    setTimeout(() => location.reload(), PATIENCE * Math.random());
    return;
  }
  const votes = snapshot.choices.map((choice) => choice.votes ?? 0);
  const most = Math.max(0, ...votes);
  const leaders = most ? snapshot.choices.filter((choice) => choice.votes === most) : [];
  const top = Math.min(100, Math.floor((10 * most) / Math.max(snapshot.voters, 1)) * 10 + 10);
  find("h1").textContent = snapshot.poll.question;
  find(".sentence").replaceChildren(...summary(snapshot, leaders));
  find("[data-voters]").textContent = spaced(snapshot.voters);
  const word = find("[data-voters-word]");
  word.textContent = snapshot.voters === 1 ? word.dataset.one : word.dataset.many;
  find(".chart").classList.toggle("hidden-result", snapshot.choices.some((choice) => choice.votes === null));
  drawTicks(top);
  for (const choice of snapshot.choices) drawRow(choice, snapshot, leaders, top);
  if (snapshot.poll.state !== main.dataset.state && main.dataset.state) find(".closes")?.remove();
  sayWhatWaits(find("[data-waits]"), snapshot);
  main.dataset.state = snapshot.poll.state;
  main.dataset.counting = snapshot.counting;
  main.dataset.version = snapshot.version;
}

function link(state, heard) {
  main.dataset.link = state;
  const settled = main.dataset.state === "final" && state !== "reconnecting";
  const paused = main.dataset.counting === "paused" && state === "live";
  live.dataset.live = settled ? "final" : paused ? "paused" : state;
  find("time", live).textContent = clock(heard);
}

if (first) show(first);
link("still", first ? Date.parse(first.sent_at) : now());
follow(() => main.dataset.socket, main.dataset.snapshots, { show, link, shown: first });
