// The page to print: a button for what the browser's menu does as well.

document.querySelector("[data-print]").addEventListener("click", () => print());
