// Names and numbers as large as a poster: one is set smaller where it would not fit the line. The sizes of the
// styles are guesses by the number of letters; only a browser knows how wide its font is, in any script.

const SMALLEST = 16; // px: a word that is too long even so is broken

export function fit(name) {
  name.style.fontSize = "";
  name.style.overflowWrap = "normal";
  const [room, needs] = [name.clientWidth, name.scrollWidth];
  if (needs > room && room) {
    const size = (Number.parseFloat(getComputedStyle(name).fontSize) * room) / needs;
    // A pixel less: widths are rounded, and a fraction too much would break the word.
    name.style.fontSize = `${Math.max(SMALLEST, Math.floor(size) - 1)}px`;
  }
  if (name.scrollWidth > name.clientWidth) name.style.overflowWrap = "";
}

const names = document.querySelectorAll(".half .name, .poster .name");
for (const name of names) fit(name);
if (globalThis.ResizeObserver) {
  const watch = new ResizeObserver((entries) => entries.forEach(({ target }) => fit(target.querySelector(".name"))));
  for (const name of names) watch.observe(name.parentElement);
}
