// Rows of a list that are moved by their handles: dragged, or lifted with space and moved with the arrow keys.

/**
 * Rows have [data-row] and a .handle. Calls say(key, row) with "lifted", "moved", "dropped" or "back", moved() when a row
 * has another place, and dropped(row, hasMoved) when it is put down.
 */
export function reorder(list, { say, moved, dropped }) {
  const rows = () => [...list.children];
  let lifted = null;
  let home = null; // the row that it stood before

  function lift(row) {
    lifted = row;
    home = row.nextElementSibling;
    row.classList.add("lifted");
    row.querySelector(".handle").setAttribute("aria-pressed", "true");
  }

  function drop(key = "dropped") {
    if (!lifted) return;
    const row = lifted;
    lifted = null;
    row.classList.remove("lifted");
    row.querySelector(".handle").removeAttribute("aria-pressed");
    dropped(row, row.nextElementSibling !== home);
    say(key, row);
  }

  function move(before) {
    const handle = lifted.querySelector(".handle");
    list.insertBefore(lifted, before);
    moved();
    if (document.activeElement !== handle) handle.focus();
  }

  const KEYS = {
    " ": () => drop(),
    Enter: () => drop(),
    ArrowUp: () => lifted.previousElementSibling && move(lifted.previousElementSibling),
    ArrowDown: () => lifted.nextElementSibling && move(lifted.nextElementSibling.nextElementSibling),
    Escape: () => (move(home), drop("back")),
  };

  let moving = false; // a row that moves in the page loses the focus for an instant
  list.addEventListener("keydown", (event) => {
    if (!event.target.closest(".handle")) return;
    const row = event.target.closest("[data-row]");
    if (lifted === row && KEYS[event.key]) {
      event.preventDefault();
      moving = true;
      KEYS[event.key]();
      moving = false;
      if (lifted) say("moved", row);
    } else if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      lift(row);
      say("lifted", row);
    }
  });
  list.addEventListener("focusout", () => !moving && !dragging && drop());

  let dragging = false;
  list.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest(".handle");
    if (!handle || event.button) return;
    event.preventDefault();
    dragging = true;
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    lift(handle.closest("[data-row]"));
  });
  list.addEventListener("pointermove", (event) => {
    if (!dragging || !lifted) return;
    const others = rows().filter((row) => row !== lifted);
    const before = others.find((row) => {
      const { top, height } = row.getBoundingClientRect();
      return event.clientY < top + height / 2;
    });
    if ((before ?? null) !== lifted.nextElementSibling) move(before ?? null);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    addEventListener(end, () => {
      if (!dragging) return;
      drop();
      dragging = false;
    });
  }
}
