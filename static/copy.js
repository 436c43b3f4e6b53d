// Buttons that copy what stands in another element of the page: <button data-copy="its id" data-done="Copied">.

for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const said = document.getElementById(button.dataset.says) ?? button;

  /** Select it all: where nothing else is allowed it is one key away. */
  function select() {
    if (source.select) source.select();
    else getSelection().selectAllChildren(source);
  }

  button.addEventListener("click", async () => {
    select();
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent);
      said.textContent = button.dataset.done;
    } catch {
      // Not there on a page without HTTPS, or not allowed.
      if (button.dataset.selected) said.textContent = button.dataset.selected;
    }
  });
}
