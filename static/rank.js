// The ballot of a ranked poll: rows with a place stand on top, in order. Ticking a row gives it the next place; buttons,
// arrow keys and the pointer move it. static/vote.js sends the ticked rows as they stand.

const form = document.querySelector("form.ballot");
const list = form.querySelector(".ranking");

const rowsOf = () => [...list.children];
const boxOf = (row) => row.querySelector("input");
const placed = () => rowsOf().filter((row) => boxOf(row).checked);

/** Put the rows into this order where they differ; the one with the focus keeps it. */
function arrange(rows) {
  const focused = document.activeElement;
  rows.forEach((row, place) => list.children[place] !== row && list.insertBefore(row, list.children[place]));
  if (list.contains(focused)) focused.focus();
  rows.forEach((row, place) => {
    const { checked, disabled } = boxOf(row);
    row.querySelector(".place").textContent = checked ? place + 1 : "";
    row.querySelector(".moves").hidden = !checked || disabled;
  });
}

/** Rows with a place first, in the given order; the others in the order of the poll. */
function settle(first = placed()) {
  const others = rowsOf().filter((row) => !first.includes(row));
  arrange([...first, ...others.sort((one, other) => one.dataset.index - other.dataset.index)]);
}

function tell(row) {
  const words = boxOf(row).checked ? list.dataset.moved : list.dataset.removed;
  const gaps = { choice: row.querySelector(".option").dataset.text, place: placed().indexOf(row) + 1, count: placed().length };
  document.querySelector(".hear").textContent = words.replace(/\{(\w+)\}/g, (_, gap) => gaps[gap]);
}

/** Move a row to a place, if there is one. Returns whether it moved. */
function move(row, place) {
  const rows = placed().filter((other) => other !== row);
  if (!boxOf(row).checked || boxOf(row).disabled || place < 0 || place > rows.length || placed()[place] === row) return false;
  rows.splice(place, 0, row);
  settle(rows);
  form.dispatchEvent(new Event("change"));
  tell(row);
  return true;
}

list.addEventListener("change", (event) => {
  const row = event.target.closest("li");
  settle([...placed().filter((other) => other !== row), ...(event.target.checked ? [row] : [])]);
  tell(row);
});

list.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (!button) return;
  const row = button.closest("li");
  move(row, placed().indexOf(row) + (button.dataset.move === "up" ? -1 : 1));
});

list.addEventListener("keydown", (event) => {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!step || event.target.type !== "checkbox" || !event.target.checked) return;
  event.preventDefault();
  const row = event.target.closest("li");
  move(row, placed().indexOf(row) + step);
});

// What the vote page ticks by itself: another vote stands, or this one was refused.
form.addEventListener("ticked", ({ detail }) => settle(detail.map((id) => rowsOf().find((row) => boxOf(row).value === id)).filter(Boolean)));

// With the pointer: a row that has a place follows it. A press without a move ticks, as everywhere.
let dragged = null;
let moved = false;
list.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest(".place, .strip");
  const row = grip?.closest("li");
  if (!row || !boxOf(row).checked || boxOf(row).disabled || event.button) return;
  [dragged, moved] = [row, false];
  grip.setPointerCapture(event.pointerId);
});
list.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  const place = placed().filter((row) => row !== dragged).filter((row) => {
    const { top, height } = row.getBoundingClientRect();
    return event.clientY > top + height / 2;
  }).length;
  moved = move(dragged, place) || moved;
  dragged.classList.toggle("lifted", moved);
});
for (const end of ["pointerup", "pointercancel"]) {
  list.addEventListener(end, () => {
    dragged?.classList.remove("lifted");
    dragged = null;
  });
}
list.addEventListener("click", (event) => {
  if (moved) event.preventDefault();
  moved = false;
}, true);

settle();
