// A poll in a frame of another site: tells the page around it how tall it is, and leaves a ballot that could not be cast.

const { origins, inAWindow } = document.getElementById("embed").dataset;
const around = origins.split(" ").filter(Boolean);

/** Whether the browser keeps a cookie for this frame: one of the kind that a vote needs (core/web/iframes.py). */
function keepsCookies() {
  const probe = `framed_probe=1; Path=${location.pathname}; Secure; SameSite=None; Partitioned`;
  try {
    document.cookie = probe;
    const isKept = document.cookie.includes("framed_probe=1");
    document.cookie = `${probe}; Max-Age=0`;
    return isKept;
  } catch {
    return false; // a frame in a sandbox
  }
}

/** The height that the content needs, whatever the frame has now. */
function height() {
  document.body.classList.add("measured");
  const needed = Math.ceil(document.body.getBoundingClientRect().height);
  document.body.classList.remove("measured");
  return needed;
}

/** Goes to the page of its own, as the server sends there whoever says that this is no frame. */
function leave() {
  const page = new URLSearchParams(location.search).get("show") === "results" ? "results/" : "";
  location.replace(location.pathname.replace(/embed\/$/, page));
}

let told = 0;

function tell() {
  const needed = height();
  if (needed === told) return;
  told = needed;
  // Browsers hand it over to the page around this frame if it is of that origin, and to no other.
  const [known] = around.filter((origin) => document.referrer.startsWith(`${origin}/`));
  for (const origin of known ? [known] : around) parent.postMessage({ type: "votingsite:height", height: needed }, origin);
}

if (parent === window) leave(); // a browser that did not say so
else if (inAWindow && !keepsCookies()) location.replace(inAWindow);
else if (globalThis.ResizeObserver) {
  const observer = new ResizeObserver(tell);
  for (const part of [document.body, document.querySelector("main")]) observer.observe(part);
} else addEventListener("load", tell);
