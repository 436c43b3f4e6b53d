// Limits of a poll on its vote page, loaded when one holds a vote back: it has to wait, or its browser has to work first.

const note = document.querySelector(".limits");
const bar = note.querySelector("progress");

const SPREAD = 2_000; // ms over which the pages of a network come back
const MOST = 4; // works that one vote does: whose network changes each time is told why it is refused

let stage = "";
let answer = ""; // of the last work, good for all votes of this page for some minutes
let ready = null; // what the votes of this page wait for

function turn(newer) {
  stage = newer;
  note.hidden = !stage;
  for (const words of note.querySelectorAll("[data-while]")) words.hidden = words.dataset.while !== stage;
}

/** Waits as long as the server wishes, and a little longer. */
const wait = (ms) => new Promise((done) => setTimeout(done, ms + SPREAD * Math.random()));

/** Lets a worker do the work. */
function work({ challenge, bits, pieces }) {
  bar.max = pieces;
  bar.value = 0;
  let worker;
  return new Promise((done, fail) => {
    worker = new Worker(note.dataset.worker);
    worker.onmessage = ({ data }) => {
      if (data.answer) done(data.answer);
      else bar.value = data.done;
    };
    worker.onerror = fail;
    worker.postMessage({ challenge, bits, pieces });
  }).finally(() => worker?.terminate());
}

async function pass({ status, work: asked }, ms) {
  turn(status);
  try {
    if (status === "slowed") answer = await work(asked);
    else await wait(ms);
  } finally {
    ready = null;
    turn("");
  }
}

export const limits = {
  /** What the votes of this page wait for: `crowded` or `slowed`; empty for nothing. */
  stage: () => stage,
  /** What a vote brings along. */
  fields: () => (answer ? [["work", answer]] : []),
  /** Waits until a vote that was refused may be sent again, and draws the page meanwhile; fails where it never may. */
  async hold(sending, { body, wait: ms = 0 }, draw) {
    if (body.status === "slowed") sending.works = (sending.works ?? 0) + 1;
    if (sending.works > MOST) throw new Error("no work is enough");
    ready ??= pass(body, ms);
    draw();
    await ready;
  },
};
