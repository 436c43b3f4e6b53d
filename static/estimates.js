// Estimates of a number: what the server has drawn first (polls/results/estimates.py), drawn anew for each snapshot.

import { decimal, spaced } from "./snapshot.js";

const svg = (name, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

/** A value with its unit; a median may lie half-way between two, and has a decimal more then. */
export function valueText({ places, unit }, value) {
  if (value == null) return "";
  const needs = Number(value.toFixed(places)) === value ? places : places + 1;
  return `${decimal(value, needs)}${unit ? `\u00a0${unit}` : ""}`;
}

/** Where a value is, in per cent; null where it is beyond the bars. */
function placeOf({ bars, step, width }, value) {
  if (value == null || !bars.length) return null;
  const place = (value - bars[0].from + step / 2) / (step * width * bars.length);
  return place < 0 || place > 1 ? null : 100 * place;
}

function point(needle, place) {
  needle.setAttribute("visibility", place === null ? "hidden" : "visible");
  for (const end of ["x1", "x2"]) needle.setAttribute(end, `${place ?? 0}%`);
}

/** Draw the estimates of a snapshot within `place`, if it has a picture of them. */
export function drawEstimates(place, { result }) {
  const picture = place.querySelector(".histogram");
  if (!picture) return;
  const found = result?.bars ? result : { bars: [], places: 0, unit: "" };
  const { bars, median } = found;
  const most = Math.max(...bars.map(({ votes }) => votes), 1);
  place.querySelector("[data-median]").textContent = valueText(found, median) || "–";
  picture.querySelector("[data-least]").textContent = valueText(found, bars[0]?.from);
  picture.querySelector("[data-most]").textContent = valueText(found, bars.at(-1)?.to);
  picture.querySelector(".bars").replaceChildren(...bars.map(({ votes }, at) => {
    const height = (100 * votes) / most;
    const [x, width] = [(100 * (at + 0.04)) / bars.length, 92 / bars.length];
    return svg("rect", { class: "fill", x: `${x}%`, width: `${width}%`, y: `${100 - height}%`, height: `${height}%`, fill: "url(#t0)" });
  }));
  point(picture.querySelector(".mean"), placeOf(found, median));
  point(picture.querySelector(".right"), placeOf(found, found.answer));
  place.querySelector("[data-estimates]").replaceChildren(...bars.map((bar) => line(found, bar)));
}

function line(found, { from, to, votes }) {
  const row = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = from === to ? valueText(found, from) : `${valueText(found, from)} – ${valueText(found, to)}`;
  row.append(head, Object.assign(document.createElement("td"), { textContent: spaced(votes) }));
  return row;
}
