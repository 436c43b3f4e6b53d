// The pipeline's page: asks for the picture once a second and changes in place what has changed, so that what moves goes on
// moving. All words and all geometry come from the server.

import { askJson, askPage } from "./network.js";

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

/** Makes one node like the other, keeping whatever is the same, and what somebody may be using. */
function follow(node, wanted) {
  if (node.dataset?.kept !== undefined) return;
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

/** Presses a button of the instructor's without leaving the page: the service that drew it may be what is killed. */
async function press(event) {
  const { target: form, submitter } = event;
  if (!submitter) return; // an old browser does not say which button: the form goes its own way
  event.preventDefault();
  const place = form.closest("[data-kept]");
  const said = place.querySelector(".said");
  const body = new FormData(form);
  body.append(submitter.name, submitter.value);
  said.textContent = "";
  submitter.disabled = true;
  try {
    said.textContent = (await askJson(form.action, PATIENCE, { method: "POST", body })).body.detail;
    form.closest("details")?.removeAttribute("open");
  } catch {
    said.textContent = place.dataset.failed;
  }
  submitter.disabled = false;
}

for (const form of root.querySelectorAll("[data-kept] form")) form.addEventListener("submit", press);
// A page that comes alone begins without the white space before it: node by node, both have to be the same.
while (root.firstChild.nodeType === Node.TEXT_NODE) root.firstChild.remove();
localise(root);
setTimeout(look, EVERY);
