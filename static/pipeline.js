// The pipeline's page: asks for the picture once a second and changes in place what has changed, so that what moves goes on
// moving. All words and all geometry come from the server.

import { askPage } from "./network.js";

const EVERY = 1_000; // ms
const PATIENCE = 6_000; // ms for one answer: a store that hangs costs the web service a second or two
const FAILURES_BEFORE_SILENT = 2;

const root = document.getElementById("pipeline");
const language = document.documentElement.lang;
const formats = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
let failures = 0;

/** Writes the moments as the reader's clock shows them. */
function localise(tree) {
  for (const place of tree.querySelectorAll("time[datetime], [data-time]")) {
    const moment = new Date(place.getAttribute("datetime") ?? place.dataset.time);
    place.textContent = moment.toLocaleTimeString(language, formats);
  }
  return tree;
}

const isSame = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName;

/** Makes one node like the other, keeping whatever is the same. */
function follow(node, wanted) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.nodeValue !== wanted.nodeValue) node.nodeValue = wanted.nodeValue;
    return;
  }
  for (const { name } of [...node.attributes]) if (!wanted.hasAttribute(name)) node.removeAttribute(name);
  for (const { name, value } of wanted.attributes) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  followChildren(node, wanted);
}

function followChildren(node, wanted) {
  const present = [...node.childNodes];
  const next = [...wanted.childNodes];
  next.forEach((child, index) => {
    if (!present[index]) node.append(child);
    else if (isSame(present[index], child)) follow(present[index], child);
    else present[index].replaceWith(child);
  });
  present.slice(next.length).forEach((child) => child.remove());
}

async function look() {
  const began = performance.now();
  try {
    const { status, isElsewhere, page } = await askPage(root.dataset.picture, PATIENCE, ".pipeline-head");
    if (status === 403 || isElsewhere) return location.reload();
    if (status !== 200) throw new Error(status);
    followChildren(root, localise(page.body));
    failures = 0;
  } catch {
    failures += 1;
  }
  root.dataset.service = failures < FAILURES_BEFORE_SILENT ? "live" : "silent";
  setTimeout(look, Math.max(EVERY / 4, EVERY - (performance.now() - began)));
}

localise(root);
setTimeout(look, EVERY);
