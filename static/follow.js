// Follows a vote: casts it, asks how far it has come, and is a screen of its poll meanwhile. All words come from the page.

import { askJson, askPage, openSocket } from "./network.js";
import { reached } from "./snapshot.js";

const EVERY = 200; // ms
const PATIENCE = 5_000; // ms for one answer
const SOCKET_PATIENCE = 1_000; // ms until the vote is cast without a screen of our own

const form = document.getElementById("follow");
const way = document.getElementById("way");
const seen = document.getElementById("seen");
const failed = document.getElementById("failed");

/** Shows how far it has come, until it is there. */
async function look(address) {
  const answer = await askPage(address, PATIENCE, ".sentence").catch(() => null);
  if (answer?.status === 403 || answer?.isElsewhere) return location.reload();
  if (answer) way.replaceChildren(...answer.page.body.childNodes);
  if (answer?.status === 404 || way.querySelector("[data-over]")) return undefined;
  return setTimeout(() => look(address), EVERY);
}

/** A screen of the poll: remembers when each result came. */
function screen(slug) {
  const frames = [];
  const socket = openSocket(form.dataset.socket + encodeURIComponent(slug) + "/");
  if (!socket) return { socket, frames, ready: Promise.resolve() };
  const ready = new Promise((done) => {
    socket.onmessage = ({ data }) => {
      frames.push({ at: performance.now(), ...JSON.parse(data) });
      done();
    };
    socket.onerror = socket.onclose = done;
    setTimeout(done, SOCKET_PATIENCE);
  });
  return { socket, frames, ready };
}

/** Says when this page had the vote on its screen. */
function watch({ socket, frames }, cast, pressed) {
  const frame = frames.find(({ box, counted_through: through }) => box === cast.box && reached(through, cast.position));
  if (frame) {
    seen.querySelector("b").textContent = (frame.at - pressed).toFixed(1);
    seen.hidden = false;
    socket.close();
  } else if (socket?.readyState <= WebSocket.OPEN) setTimeout(() => watch({ socket, frames }, cast, pressed), EVERY / 4);
}

async function follow(event) {
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  seen.hidden = failed.hidden = true;
  const vote = new FormData(form);
  const shown = screen(vote.get("vote").replace(/:\d+$/, ""));
  await shown.ready;
  const pressed = performance.now();
  try {
    const { body: cast } = await askJson(form.action, PATIENCE, { method: "POST", body: vote });
    if (cast.way) {
      way.hidden = false;
      look(`${cast.way}?part`);
      watch(shown, cast, pressed);
    } else {
      failed.textContent = cast.detail;
      failed.hidden = false;
      shown.socket?.close();
    }
  } catch {
    failed.hidden = false;
    shown.socket?.close();
  }
  button.disabled = false;
}

form?.addEventListener("submit", follow);
if (way?.dataset.part) look(way.dataset.part);
