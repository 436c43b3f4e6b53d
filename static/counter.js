// The counter page: shows the number as it grows, and copies the badge's address.

import "./copy.js";
import { fit } from "./fit.js";
import { openSocket } from "./network.js";
import { jitter, spaced } from "./snapshot.js";

const SILENCE = 25_000; // ms without a message after which a socket counts as broken; the server speaks every 10 s
const FIRST_WAIT = 500; // ms
const LONGEST_WAIT = 10_000; // ms
const MOST_DIGITS = 10;

const main = document.querySelector("main");
const great = main.querySelector(".number");
let shown = Number(main.dataset.visits);
let failures = 0;

function show(visits) {
  if (visits <= shown) return;
  shown = visits;
  const text = spaced(visits);
  for (const place of main.querySelectorAll("[data-number]")) place.textContent = text;
  great.className = `number digits-${Math.min(String(visits).length, MOST_DIGITS)}`;
  fit(great);
  const today = main.querySelector("[data-today]");
  if (today) today.textContent = spaced(visits - Number(main.dataset.before));
}

function connect() {
  const socket = openSocket(main.dataset.socket);
  if (!socket) return again();
  let silence = setTimeout(broken, LONGEST_WAIT);
  socket.onmessage = ({ data }) => {
    clearTimeout(silence);
    silence = setTimeout(broken, SILENCE);
    failures = 0;
    show(JSON.parse(data).visits);
  };
  socket.onclose = broken;

  // Every close code is the same: parts are killed, and networks say anything.
  function broken() {
    clearTimeout(silence);
    socket.onclose = socket.onmessage = null;
    socket.close();
    again();
  }
}

function again() {
  setTimeout(connect, jitter(Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures)));
  failures += 1;
}

fit(great);
addEventListener("resize", () => fit(great));
connect();
