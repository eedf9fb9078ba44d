"use strict";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const one = (selector, root = document) => root.querySelector(selector);

// The legend's buttons. `onChange` gets a test of an element's label and confidence,
// or null if no button is pressed.
function watchLegend(onChange) {
  const buttons = all(".filter");
  const clear = one(".clear");
  const update = () => {
    const pressed = buttons.filter((button) => button.ariaPressed === "true");
    const labels = new Set(pressed.map((button) => button.dataset.label).filter(Boolean));
    const low = pressed.some((button) => "low" in button.dataset);
    const matches = ({ dataset }) =>
      (!labels.size || labels.has(dataset.label)) && (!low || "low" in dataset);
    clear.hidden = !pressed.length;
    for (const stretch of all(".stretch"))
      stretch.classList.toggle("dim", pressed.length > 0 && !matches(stretch));
    onChange(pressed.length ? matches : null);
  };
  for (const button of buttons)
    button.addEventListener("click", () => {
      button.ariaPressed = String(button.ariaPressed !== "true");
      update();
    });
  clear.addEventListener("click", () => {
    for (const button of buttons) button.ariaPressed = "false";
    buttons[0].focus();
    update();
  });
}

// What scrolls into view must not stop behind the bar.
new ResizeObserver(([bar]) => {
  const height = bar.target.offsetHeight;
  document.documentElement.style.setProperty("--bar", `${height}px`);
}).observe(one(".bar"));

// A frame in a notebook has the notebook's address: links within the page would load that.
if (location.protocol === "about:")
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    event.preventDefault();
    const target = document.getElementById(link.getAttribute("href").slice(1));
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  });
