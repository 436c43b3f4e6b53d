// The field of an estimate on the vote page, with its slider. A ballot has the number of steps above the least value.

/** What stands before a text that is no number within the limits: the server says what it should be. */
const TYPED = "=";

/** The fields of an estimate in the form of a ballot. */
function estimateIn(place) {
  const [field, slider] = [place.querySelector("[name=estimate]"), place.querySelector(".slider")];
  const { decimal, unit } = place.dataset;
  const [least, step, steps, places] = ["least", "step", "steps", "places"].map((name) => Number(place.dataset[name]));

  /** As polls/kinds/numbers.py reads it. */
  function read(text) {
    const group = decimal === "." ? "," : ".";
    let kept = text.replace(/\s/g, "").replace("\u2212", "-");
    if (new RegExp(`^-?\\d{1,3}(\\${group}\\d{3})+(\\${decimal}\\d+)?$`).test(kept)) kept = kept.replaceAll(group, "");
    kept = kept.replace(",", ".");
    if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(kept)) return null;
    const found = (Number(kept) - least) / step;
    const whole = Math.round(found);
    return Math.abs(found - whole) < 1e-6 && whole >= 0 && whole <= steps ? whole : null;
  }

  const write = (number) => (least + number * step).toFixed(places).replace(".", decimal);
  /** Where nothing is typed yet, in the middle: it says nothing. */
  const slide = () => (slider.value = read(field.value) ?? Math.round(steps / 2));
  slider.addEventListener("input", () => (field.value = write(Number(slider.value))));
  field.addEventListener("input", slide);
  slide();

  return {
    /** The ballot: none, or one number of steps. */
    ballot() {
      const text = field.value.trim();
      return text ? [String(read(text) ?? TYPED + text)] : [];
    },
    fill([number]) {
      field.value = number === undefined ? "" : write(Number(number));
      slide();
    },
    disable(isFixed) {
      field.disabled = slider.disabled = isFixed;
    },
    /** The number in a word, with its unit. */
    word: ([number]) => (number === undefined || number.startsWith(TYPED) ? "" : `${write(Number(number))}${unit ? `\u00a0${unit}` : ""}`),
    /** The name and the value of the form's field for a part of the ballot. */
    sent: (part) => (part.startsWith(TYPED) ? ["estimate", part.slice(TYPED.length)] : ["choice", part]),
  };
}

// For vote.js, which runs afterwards.
const ballot = document.querySelector(".ballot .estimate");
if (ballot) document.querySelector("main").estimate = estimateIn(ballot);
