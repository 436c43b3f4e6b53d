// The rounds of an instant runoff: what the server has drawn first (polls/results/flow.py), drawn anew for each snapshot.

import { isolated, spaced } from "./snapshot.js";

const DRAWN = 6;
const [BETWEEN, BAR, ROUNDS] = [1.5, 3, 91]; // per cent
const LABELLED = 4.5;
const [NAME, NAMES] = [24, 48]; // letters of one name, and of one beside another across the picture

const letterOf = (index) => (index >= 26 ? String.fromCharCode(64 + Math.floor(index / 26)) : "") + String.fromCharCode(65 + (index % 26));
const cut = (text, most) => ([...text].length <= most ? text : `${[...text].slice(0, most - 1).join("").trimEnd()}…`);
/** Two decimals; halves go up, as on the server. */
const rounded = (number) => (Math.floor(100 * number + 0.5) / 100).toFixed(2);
const share = (number) => `${rounded(number)}%`;
const svg = (name, attributes, ...content) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...content);
  return element;
};

/** Draw the rounds of a snapshot into their places within `main`; other kinds of poll have none. */
export function drawRunoff(main, words, snapshot) {
  const place = main.querySelector(".runoff");
  if (!place) return;
  const { rounds = [], points = [] } = snapshot.result ?? {};
  place.hidden = !rounds.length;
  place.querySelector(".flow").replaceChildren(...drawing(rounds, snapshot.choices));
  const list = place.querySelector(".rounds");
  list?.replaceChildren(...rounds.map((round) => Object.assign(document.createElement("li"), { textContent: line(words, round, snapshot.choices) })));
  snapshot.choices.forEach(({ id, text, votes }, index) => {
    const row = place.querySelector(`[data-points="${id}"]`);
    if (!row) return;
    row.querySelector("bdi").textContent = text;
    const [first, all] = row.querySelectorAll("td");
    first.textContent = votes === null ? "" : spaced(votes);
    all.textContent = points.length ? spaced(points[index]) : "";
  });
}

// The picture -------------------------------------------------------------------------------------------------------

function drawing(rounds, choices) {
  if (!rounds.length) return [];
  const first = Math.max(0, rounds.length - DRAWN);
  const drawn = rounds.slice(first);
  const order = [...orderOf(rounds), null];
  const held = drawn.map((round) => order.map((at) => [at, at === null ? round.exhausted : round.votes[at]]).filter(([, votes]) => votes));
  const total = held[0].reduce((sum, [, votes]) => sum + votes, 0) || 1;
  const scale = (100 - BETWEEN * (Math.max(...held.map((bars) => bars.length)) - 1)) / total;
  const columns = held.map((bars) => barsOf(bars, scale));
  const step = ROUNDS / Math.max(drawn.length - 1, 1);
  const places = new Map([...choices.map(({ id }, at) => [id, at]), [null, null]]);
  const ways = columns.slice(1).map((later, index) => {
    const bands = bandsOf(drawn[index], columns[index], later, places, scale);
    const within = { x: share(step * index + BAR), width: share(step - BAR), height: "100%", viewBox: "0 0 100 100", preserveAspectRatio: "none" };
    return svg("svg", within, ...bands.map(({ at, path }) => svg("path", { class: paint(at), d: path })));
  });
  return [...ways, ...columns.map((bars, index) => column(bars, step * index, first + index + 1, choices, index === 0 && Math.min(NAME, Math.floor(NAMES / Math.max(drawn.length - 1, 1)))))];
}

/** From top to bottom: who is in for longer, then who had more, is above. */
function orderOf(rounds) {
  const last = (at) => rounds.findLastIndex(({ votes }) => votes[at] !== null);
  const places = rounds[0].votes.map((_, at) => at);
  return places.sort((one, other) => last(other) - last(one) || rounds[last(other)].votes[other] - rounds[last(one)].votes[one] || one - other);
}

function barsOf(held, scale) {
  let y = 0;
  return new Map(held.map(([at, votes]) => {
    const bar = { y, height: votes * scale, votes };
    y += bar.height + BETWEEN;
    return [at, bar];
  }));
}

/** The bands out of a round: first those that stay, then those that move. */
function bandsOf(round, bars, later, places, scale) {
  const bands = [...bars].filter(([at]) => later.has(at)).map(([at, bar]) => ({ at, path: path(bar.y, later.get(at).y, bar.height) }));
  const left = new Map([...bars].map(([at, { y }]) => [at, y]));
  const filled = new Map([...later].map(([at, { y }]) => [at, y + (bars.get(at)?.height ?? 0)]));
  for (const [start, end, votes] of round.moves) {
    const [source, target, height] = [places.get(start), places.get(end), votes * scale];
    bands.push({ at: source, path: path(left.get(source), filled.get(target), height) });
    left.set(source, left.get(source) + height);
    filled.set(target, filled.get(target) + height);
  }
  return bands;
}

function path(from, to, height) {
  const [start, end, under, beyond] = [from, to, from + height, to + height].map(rounded);
  return `M0 ${start}C50 ${start} 50 ${end} 100 ${end}V${beyond}C50 ${beyond} 50 ${under} 0 ${under}Z`;
}

const paint = (at) => (at === null ? "nobody" : `c${at % 10}`);

/** `room`: letters of a name; false where none is written. */
function column(bars, x, number, choices, room) {
  const parts = [...bars].flatMap(([at, { y, height, votes }]) => {
    const fill = at === null ? { class: "nobody" } : { fill: `url(#t${at % 10})` };
    const rect = svg("rect", { ...fill, x: share(x), y: share(y), width: share(BAR), height: share(height) });
    if (height < LABELLED) return [rect];
    const words = [svg("tspan", { class: "letter" }, at === null ? "–" : letterOf(at))];
    if (room && at !== null) words.push(svg("tspan", { class: "name", dx: ".4em" }, cut(choices[at].text, room)));
    words.push(svg("tspan", { class: "count", dx: ".4em" }, spaced(votes)));
    return [rect, svg("text", { x: share(x + BAR), y: share(y + height / 2), dx: ".4em", dy: ".35em" }, ...words)];
  });
  return svg("g", {}, ...parts, svg("text", { class: "round", x: share(x), y: "100%", dy: "1.4em" }, String(number)));
}

// In words ----------------------------------------------------------------------------------------------------------

function line(words, round, choices) {
  const names = new Map(choices.map(({ id, text }) => [id, isolated(text)]));
  const votes = new Map(choices.map(({ id }, at) => [id, round.votes[at]]));
  const fill = (key, gaps) => words[key].replace(/\{(\w+)\}/g, (_, gap) => gaps[gap]);
  if (!round.out.length) {
    const most = Math.max(...round.votes.filter((number) => number !== null));
    const ahead = choices.filter(({ id }) => votes.get(id) === most).map(({ id }) => names.get(id));
    const continuing = round.votes.reduce((sum, number) => sum + (number ?? 0), 0);
    return fill("round_last", { names: ahead.join(", "), votes: spaced(most), voters: spaced(continuing) });
  }
  const out = fill("round_out", { names: round.out.map((id) => names.get(id)).join(", "), votes: spaced(votes.get(round.out[0])) });
  const arrived = new Map();
  for (const [, end, number] of round.moves) arrived.set(end, (arrived.get(end) ?? 0) + number);
  const moves = [...arrived].sort(([, one], [, other]) => other - one).map(([end, number]) => `${end === null ? words.round_none : names.get(end)} ${spaced(number)}`);
  return moves.length ? `${out} ${fill("round_next", { list: moves.join(", ") })}` : out;
}
