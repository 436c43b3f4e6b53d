"""How well the words on buttons can be told from what is under them: at rest, under the pointer, focused, disabled."""

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page

#: WCAG 2.2, 1.4.3. Of a disabled button it asks nothing; it is read all the same.
NORMAL, LARGE, DISABLED = 4.5, 3.0, 3.0

_BUTTONS = "button, input[type=submit], input[type=button], [role=button], summary, .button, .addlink, .submit-row a"
#: What the words of a button are painted with, over all that lies under them; null where a picture lies under them.
_MEASURE = """(button) => {
  for (const change of document.getAnimations()) if (change instanceof CSSTransition) change.finish();
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((part, at) => a * part + (1 - a) * under[at]);
  const luminance = (colour) => {
    const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = colour.map((part) => linear(part / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const box = button.getBoundingClientRect();
  const words = (button.innerText ?? button.value ?? "").trim() || button.value || "";
  const style = getComputedStyle(button);
  if (box.width < 2 || box.height < 2 || style.visibility !== "visible" || !words.trim()) return null;
  const layers = [];
  let opacity = 1;
  for (let place = button; place; place = place.parentElement) {
    const { backgroundColor, backgroundImage, opacity: own } = getComputedStyle(place);
    opacity *= Number(own);
    if (backgroundImage !== "none") return null;
    layers.unshift(rgba(backgroundColor));
  }
  const paper = rgba("Canvas").slice(0, 3);
  const under = layers.reduce((colour, layer) => over(layer, colour), paper);
  const [r, g, b, a] = rgba(style.color);
  const [light, dark] = [luminance(over([r, g, b, a * opacity], under)), luminance(under)].sort((x, y) => y - x);
  const size = parseFloat(style.fontSize);
  const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  const ratio = (light + 0.05) / (dark + 0.05);
  return { ratio, words: words.trim().slice(0, 40), isLarge, isDisabled: button.matches(":disabled") };
}"""


_AT_REST = f"""(buttons) => {{
  document.activeElement?.blur();
  return buttons.map({_MEASURE});
}}"""
_FOCUSED = f"""(buttons) => {{
  const measure = {_MEASURE};
  const found = buttons.map((button) => {{
    button.focus();
    return measure(button);
  }});
  document.activeElement?.blur();
  return found;
}}"""
#: The middle of a button that is seen, once it is in the window; null for others.
_BROUGHT_INTO_VIEW = """(button) => {
  button.scrollIntoView({ block: "center" });
  const { x, y, width, height } = button.getBoundingClientRect();
  return width < 2 || height < 2 ? null : { x: x + width / 2, y: y + height / 2 };
}"""


def faint_buttons(page: Page) -> list[str]:
    """A line for each button of the page, as it stands now, whose words are too faint in one of its states."""
    buttons = page.locator(_BUTTONS)
    page.mouse.move(0, 0)
    found = [_faint(measured, "rest") for measured in buttons.evaluate_all(_AT_REST)]
    found += [_faint(measured, "focus") for measured in buttons.evaluate_all(_FOCUSED)]
    for button in buttons.all():
        if place := button.evaluate(_BROUGHT_INTO_VIEW):
            page.mouse.move(place["x"], place["y"])
            found.append(_faint(button.evaluate(_MEASURE), "hover"))
    page.mouse.move(0, 0)
    return [line for line in found if line]


def _faint(measured: Mapping[str, Any] | None, state: str) -> str | None:
    if measured is None:
        return None
    least = DISABLED if measured["isDisabled"] else LARGE if measured["isLarge"] else NORMAL
    return f"{measured['words']}: {measured['ratio']:.2f} at {state}" if measured["ratio"] < least else None
