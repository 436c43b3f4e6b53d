// A voting code that was scanned, as #7K4Q2MXH9T3C in the address: no server sees that part, and so no log keeps it.

const scanned = /^#([0-9A-Za-z]{12})$/.exec(location.hash);
const form = document.querySelector("form.enter-code");

if (scanned && form) {
  history.replaceState(null, "", location.pathname + location.search);
  form.elements.code.value = scanned[1];
  form.submit();
}
