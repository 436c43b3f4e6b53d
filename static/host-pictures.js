// Pictures of choices in the editor of a poll: each is sent as soon as it is chosen, and the form names it.
// Without it the file goes with the form.

import { askJson } from "./network.js";

const PATIENCE = 60_000; // ms

const find = (row, part) => row.querySelector(part);
const nameOf = (row) => find(row, "input[name$=-picture]");

/** What is typed in a row stands under the row's number. */
export function numberPicture(row, index, label) {
  const file = find(row, "input[type=file]");
  file.name = `choices-${index}-file`;
  file.setAttribute("aria-label", label);
  nameOf(row).name = `choices-${index}-picture`;
  const bare = find(row, ".bare");
  bare.setAttribute("aria-label", `${bare.textContent.trim()}: ${find(row, "[data-letter]").textContent}`);
}

function show(row, name, address) {
  const picture = find(row, ".picture");
  nameOf(row).value = name;
  picture.hidden = find(row, ".bare").hidden = !name;
  if (name) picture.src = address;
  else picture.removeAttribute("src");
}

function complain(row, sentence) {
  const place = find(row, "[data-of-picture]");
  find(place, "span").textContent = sentence;
  place.hidden = !sentence;
}

export function withoutPicture(row) {
  find(row, "input[type=file]").value = "";
  show(row, "", "");
  complain(row, "");
}

/** Returns what the server says of a file; a sentence instead of a picture where it can't be had. */
async function send(form, file, { upload, failed }) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  body.set("file", file);
  try {
    const { body: said } = await askJson(upload, PATIENCE, { method: "POST", body });
    return said.picture || said.detail ? said : { detail: failed };
  } catch {
    return { detail: failed };
  }
}

async function take(list, row, input) {
  const [file] = input.files;
  if (!file) return;
  complain(row, "");
  if (file.size > Number(list.dataset.mostBytes)) {
    input.value = "";
    complain(row, list.dataset.tooLarge);
    return;
  }
  row.setAttribute("aria-busy", "true");
  const said = await send(input.form, file, list.dataset);
  row.removeAttribute("aria-busy");
  // Another was chosen meanwhile, or the row is gone.
  if (input.files[0] !== file || !row.isConnected) return;
  input.value = "";
  if (said.picture) show(row, said.picture, said.address);
  else complain(row, said.detail);
}

/** Follow what is chosen and removed in the rows of a list, now and later. */
export function takePictures(list, changed) {
  list.addEventListener("change", (event) => {
    if (!event.target.matches("input[type=file]")) return;
    changed();
    take(list, event.target.closest("[data-row]"), event.target);
  });
  list.addEventListener("click", (event) => {
    if (!event.target.closest(".bare")) return;
    event.preventDefault();
    const row = event.target.closest("[data-row]");
    withoutPicture(row);
    changed();
    document.querySelector("[data-announce]").textContent = list.dataset.bare;
    find(row, "input[type=file]").focus();
  });
}
