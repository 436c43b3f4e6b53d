// Ratings of a scale: what the server has drawn first (polls/results/ratings.py), drawn anew for each snapshot.

import { decimal, spaced } from "./snapshot.js";

const find = (row, selector) => row.querySelector(selector);
const write = (row, selector, text) => {
  const place = find(row, selector);
  if (place) place.textContent = text;
};

/** A mean with two decimals, and a median with one only where it lies between two points; a dash for none. */
export const meanText = (mean) => (mean == null ? "–" : decimal(mean, 2));
export const medianText = (median) => (median == null ? "–" : decimal(median, median % 1 ? 1 : 0));

/** Draw the statements of a snapshot into their rows within `place`; those of other kinds have none. */
export function drawRatings(place, { statements = [], result, choices }) {
  const rows = place.querySelectorAll("[data-statement]");
  if (rows.length !== statements.length) return;
  const ratings = result?.statements ?? [];
  const top = Math.max(...ratings.filter(({ voters }) => voters).map(({ voters, votes }) => Math.max(...votes) / voters), 0) || 1;
  const texts = new Map(choices.map(({ id, text }) => [id, text]));
  statements.forEach(({ text, choices: ids }, index) => {
    drawRating(rows[index], text, ratings[index] ?? {}, top, Number(texts.get(ids[0])));
  });
}

function drawRating(row, text, { voters = null, mean = null, median = null, votes = [] }, top, least) {
  write(row, ".name", text);
  write(row, "caption", text);
  write(row, "[data-mean]", meanText(mean));
  write(row, "[data-median]", medianText(median));
  write(row, "[data-rated]", voters === null ? "" : spaced(voters));
  const bars = row.querySelectorAll(".spread .fill");
  const cells = row.querySelectorAll("[data-point-votes]");
  bars.forEach((bar, point) => {
    const height = (100 * (votes[point] ?? 0)) / (top * (voters || 1));
    bar.setAttribute("y", `${100 - height}%`);
    bar.setAttribute("height", `${height}%`);
    cells[point].textContent = votes.length ? spaced(votes[point]) : "–";
  });
  const needle = find(row, ".mean");
  needle.setAttribute("visibility", mean === null ? "hidden" : "visible");
  if (mean === null) return;
  for (const end of ["x1", "x2"]) needle.setAttribute(end, `${(100 * (mean - least + 0.5)) / bars.length}%`);
}
