// Entries of an open list. They come while a page is open, so rows are made here: copies of the page's template.

import { counted } from "./snapshot.js";

const newRow = (text) => {
  const row = document.getElementById("entry-row").content.firstElementChild.cloneNode(true);
  row.querySelector("bdi").textContent = text;
  return row;
};

const sayAnswered = (row, { answered }) => row.querySelector(".answered").toggleAttribute("hidden", !answered);

function sayMore(place, number) {
  if (!place) return;
  place.hidden = !number;
  place.textContent = counted(place, number);
}

/** Make the rows of a list those of the snapshot, most votes first; returns them by id. A board has place for some. */
export function listEntries(list, { choices, entries }) {
  // Where votes are hidden, the newest come first.
  const sorted = [...choices].sort((one, other) => (one.votes === null ? other.id - one.id : other.votes - one.votes));
  const shown = sorted.slice(0, list.dataset.most);
  const present = new Map([...list.children].map((row) => [Number(row.dataset.choice), row]));
  const rows = new Map(shown.map(({ id, text }) => [id, present.get(id) ?? newRow(text)]));
  [...rows].forEach(([id, row], place) => {
    row.dataset.choice = id;
    sayAnswered(row, shown[place]);
    if (list.children[place] !== row) list.insertBefore(row, list.children[place]);
  });
  while (list.children.length > rows.size) list.lastElementChild.remove();
  sayMore(list.parentElement.querySelector("[data-more]"), entries.more + choices.length - shown.length);
  return rows;
}

/** The entries in the form of a ballot. */
function entriesIn(place) {
  const none = place.querySelector(".none");
  const inputOf = (id) => place.querySelector(`input[value="${id}"]`);

  function add({ id, text }) {
    const row = newRow(text);
    row.querySelector("input").value = id;
    row.dataset.text = text;
    row.querySelector("[data-share]").dataset.share = id;
    row.querySelector("[data-bar]").dataset.bar = id;
    none.before(row);
    none.hidden = true;
    return row.querySelector("input");
  }

  /** Add what is new, at the end: no row moves under a finger. What is gone goes, unless it is picked. */
  function show({ choices, entries }) {
    const ids = new Set(choices.map(({ id }) => String(id)));
    for (const row of place.querySelectorAll(".row")) {
      const input = row.querySelector("input");
      if (!ids.has(input.value) && !input.checked && !row.contains(document.activeElement)) row.remove();
    }
    for (const choice of choices) {
      const input = inputOf(choice.id);
      if (!input) add(choice);
      else if (!input.closest(".row")) {
        input.closest(".option").remove(); // it was waiting, and is picked
        add(choice).checked = true;
      } else input.closest(".row").querySelector(".name bdi").textContent = choice.text;
      sayAnswered(inputOf(choice.id).closest(".row"), choice);
    }
    none.hidden = place.querySelector(".row") !== null;
    sayMore(place.querySelector("[data-more]"), entries.more);
  }

  /** Entries that are picked and not shown here stay picked. */
  function keep(ids) {
    for (const id of ids.filter((each) => !inputOf(each))) {
      const kept = Object.assign(document.createElement("label"), { className: "option", hidden: true });
      const input = Object.assign(document.createElement("input"), { type: "checkbox", name: "choice", value: id, checked: true });
      kept.append(Object.assign(document.createElement("span"), { className: "letter" }), input);
      none.before(kept);
    }
  }

  const word = (selections) => (selections.length ? counted(place, selections.length) : "");
  return { add, show, keep, word, inputOf };
}

// On the vote page: for vote.js, which runs afterwards.
const ballot = document.querySelector(".ballot .rows.entries");
if (ballot) document.querySelector("main").entries = entriesIn(ballot);
