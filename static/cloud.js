// The entries of an open list as a cloud: the more votes, the larger. No two overlap, and none leaves the frame.
//
// Where each one stands depends on the snapshot and the size of the frame alone, so that equal screens show the same. An entry has a home
// that follows from its id, and stands at the free place next to it: when totals change, only its neighbours move.

import { counted } from "./snapshot.js";

/** Steps of size: most votes change none. */
const LEVELS = 6;
/** Sizes to try, the largest first: that of an entry without votes, in parts of the least one, and the factor of each step. */
const TRIES = [[5, 1.25], [4, 1.25], [3.2, 1.25], [2.5, 1.25], [2, 1.25], [1.6, 1.25], [1.25, 1.25], [1, 1.25], [1, 1.16], [1, 1.08]];
const PACE = 1_000; // ms at least between two pictures
const GAP = 0.5; // between two entries, in parts of the least size
const FULLEST = 0.9; // no more of a frame can be covered
/** A sequence of points that keep apart however many there are (M. Roberts, R2). */
const STEP = { x: 0.7548776662466927, y: 0.5698402909980532 };

const fraction = (number) => number - Math.floor(number);

/** What is taken of a frame, in squares of some pixels. */
class Grid {
  constructor({ width, height }, square) {
    this.square = square;
    this.columns = Math.floor(width / square);
    this.rows = Math.floor(height / square);
    this.taken = new Uint8Array(this.columns * this.rows);
    /** How many squares are taken in the rectangle from the first one to each. */
    this.sums = new Int32Array((this.columns + 1) * (this.rows + 1));
  }

  /** Take the free place for a box that is nearest to a point (in parts of the frame); returns its corner, or null without one. */
  take(box, home) {
    const [across, down] = [Math.ceil(box.width / this.square), Math.ceil(box.height / this.square)];
    let nearest = Infinity;
    let place = null;
    for (let row = 0; row <= this.rows - down; row++) {
      const far = ((row + down / 2) / this.rows - home.y) ** 2;
      for (let column = 0; far < nearest && column <= this.columns - across; column++) {
        const distance = far + ((column + across / 2) / this.columns - home.x) ** 2;
        if (distance >= nearest || !this.isFree(column, row, across, down)) continue;
        nearest = distance;
        place = { column, row };
      }
    }
    if (!place) return null;
    this.cover(place, across, down);
    return { x: place.column * this.square, y: place.row * this.square };
  }

  isFree(column, row, across, down) {
    const line = this.columns + 1;
    const [top, bottom] = [row * line + column, (row + down) * line + column];
    return this.sums[bottom + across] - this.sums[bottom] - this.sums[top + across] + this.sums[top] === 0;
  }

  cover({ column, row }, across, down) {
    for (let each = row; each < row + down; each++) this.taken.fill(1, each * this.columns + column, each * this.columns + column + across);
    const line = this.columns + 1;
    for (let each = row; each < this.rows; each++) {
      for (let at = 0, before = 0; at < this.columns; at++) {
        before += this.taken[each * this.columns + at];
        this.sums[(each + 1) * line + at + 1] = this.sums[each * line + at + 1] + before;
      }
    }
  }
}

/** Places for these words at one size, in their order; null for those that have none. */
function placed(frame, words, [scale, factor]) {
  const least = parseFloat(getComputedStyle(frame).fontSize);
  for (const { item, level } of words) {
    item.hidden = false;
    item.style.fontSize = `${least * scale * factor ** level}px`;
  }
  const room = { width: frame.clientWidth, height: frame.clientHeight };
  const gap = least * GAP;
  const boxes = words.map(({ item }) => ({ width: item.offsetWidth + gap, height: item.offsetHeight + gap }));
  const full = boxes.reduce((sum, { width, height }) => sum + width * height, 0) / (room.width * room.height);
  if (full > FULLEST && scale > 1) return boxes.map(() => null);
  // Few entries stand together in the middle, in steps, so that one more does not move all.
  const spread = Math.min(1, Math.ceil(10 * Math.sqrt(full)) / 10);
  const grid = new Grid(room, Math.max(4, Math.round(least / 5)));
  return words.map(({ id, level }, at) => {
    const reach = spread * (1 - (0.7 * level) / LEVELS);
    const home = { x: 0.5 + reach * (fraction(id * STEP.x) - 0.5), y: 0.5 + reach * (fraction(id * STEP.y) - 0.5) };
    const corner = grid.take(boxes[at], home);
    return corner && { x: corner.x + gap / 2, y: corner.y + gap / 2 };
  });
}

/** The words with their places, at the largest size at which all have one; at the least size those with the fewest votes may have none. */
function layOut(frame, words) {
  const byLevel = [...words].sort((one, other) => other.level - one.level || one.id - other.id);
  let [low, high] = [0, TRIES.length - 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (placed(frame, byLevel, TRIES[middle]).includes(null)) low = middle + 1;
    else high = middle;
  }
  const ordered = low === TRIES.length - 1 ? words : byLevel;
  const places = placed(frame, ordered, TRIES[low]);
  return ordered.map(({ item }, at) => [item, places[at]]);
}

/** Returns what draws the cloud of a page from each snapshot; it does nothing on a page without a place for one. */
export function cloudIn(main) {
  const frame = main.querySelector("[data-cloud]");
  const more = main.querySelector("[data-cloud-more]");
  let items = new Map();
  let drawn = "";
  let newest, waiting;

  function wordsOf({ choices }) {
    const most = Math.max(1, ...choices.map(({ votes }) => votes ?? 0));
    const levelOf = (votes) => Math.round(LEVELS * (votes === null ? 0.5 : Math.sqrt(votes / most)));
    const present = items;
    items = new Map(choices.map(({ id }) => [id, present.get(id) ?? Object.assign(document.createElement("bdi"), { className: "word" })]));
    for (const [id, item] of present) if (!items.has(id)) item.remove();
    const words = choices.map(({ id, text, votes, answered }) => {
      const item = items.get(id);
      item.textContent = text;
      item.classList.toggle("is-answered", Boolean(answered));
      item.classList.toggle("leads", levelOf(votes) > LEVELS / 2);
      if (!item.isConnected) frame.append(item);
      else item.classList.add("moves");
      return { id, item, votes, level: levelOf(votes) };
    });
    return words.sort((one, other) => other.votes - one.votes || one.id - other.id);
  }

  function draw() {
    clearTimeout(waiting);
    waiting = undefined;
    const words = wordsOf(newest);
    let left = newest.entries.more;
    const looks = words.map(({ id, level, item }) => [id, level, item.matches(".is-answered"), item.textContent]);
    const picture = JSON.stringify([frame.clientWidth, frame.clientHeight, left, looks]);
    if (picture === drawn) return;
    drawn = picture;
    for (const [item, place] of layOut(frame, words)) {
      item.hidden = !place;
      if (place) item.style.transform = `translate(${place.x}px, ${place.y}px)`;
      else left++;
    }
    more.hidden = !left;
    more.textContent = counted(more, left);
    waiting = setTimeout(again, PACE);
  }

  function again() {
    waiting = undefined;
    if (frame.isConnected && !frame.hidden) draw();
  }

  if (!frame) return () => {};
  new ResizeObserver(() => newest && !frame.hidden && draw()).observe(frame);
  return (snapshot) => {
    newest = snapshot;
    frame.hidden = !snapshot.entries.cloud || !snapshot.choices.length;
    if (frame.hidden) [more.hidden, drawn] = [true, ""];
    else if (!waiting) draw();
  };
}
