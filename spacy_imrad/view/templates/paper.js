const blocks = all(".block");
const sections = all("main section");
const links = new Map(all(".outline li").map((item) => [item.dataset.part, item]));

// Filters: blocks that do not match are hidden, and headings that then head nothing.
const count = one(".count");
watchLegend((matches) => {
  let shown = 0;
  for (const block of blocks) {
    block.hidden = matches !== null && !matches(block);
    if (!block.hidden) shown += 1;
  }
  let level = 0;
  for (const section of sections.toReversed()) {
    const own = all(".block", section).some((block) => !block.hidden);
    const needed = matches === null || own || section.dataset.level < level;
    section.hidden = !needed;
    const link = links.get(section.id);
    if (link) link.hidden = !needed;
    if (needed) level = Number(section.dataset.level);
  }
  count.textContent = matches ? `${shown} paragraph${shown === 1 ? "" : "s"} shown` : "";
});

// The scores of the paragraph under the pointer or with the focus, or else of the whole.
const panel = one(".inspector");
const scores = one("dl", panel);
const rows = all("div", scores);
const subject = one(".subject");
const whole = subject.textContent;
const why = one(".why");
const whys = new Map(
  all("#whys dt").map((name) => [name.textContent, name.nextElementSibling.textContent]),
);
let chosen = null;
function show(element) {
  const values = element.dataset.scores.split(" ").filter(Boolean);
  const best = Math.max(...values);
  scores.hidden = !values.length;
  rows.forEach((row, i) => {
    row.classList.toggle("best", Number(values[i]) === best);
    one(".meter", row).style.setProperty("--score", `${values[i]}%`);
    one(".value", row).textContent = `${values[i]}%`;
  });
}
function choose(block) {
  if (block === chosen) return;
  chosen?.classList.remove("chosen");
  chosen?.removeAttribute("aria-describedby");
  chosen = block;
  panel.classList.toggle("open", block !== null);
  one(".close").hidden = block === null;
  show(block ?? scores);
  const heading = block && one("header :is(h2, h3, h4, h5, h6)", block.parentElement);
  subject.textContent = block ? (heading?.textContent ?? "Without a heading") : whole;
  why.textContent = whys.get(block?.dataset.why) ?? "";
  why.hidden = !why.textContent;
  block?.classList.add("chosen");
  block?.setAttribute("aria-describedby", "scores");
}
show(scores);
for (const event of ["pointerover", "focusin"])
  one("main").addEventListener(event, ({ target }) => {
    const block = target.closest(".block[data-scores]");
    if (block) choose(block);
  });
one(".close").addEventListener("click", () => choose(null));
document.addEventListener("keydown", ({ key }) => key === "Escape" && choose(null));

// The strip: a click leads to that place of the text.
const strip = one(".strip");
strip.addEventListener("click", (event) => {
  event.preventDefault();
  const { left, width } = strip.getBoundingClientRect();
  const place = (100 * (event.clientX - left)) / width;
  const shown = blocks.filter((block) => !block.hidden);
  const target = shown.findLast((block) => block.dataset.at <= place) ?? shown[0];
  const isFirst = target === one(".block:not([hidden])", target.parentElement);
  (isFirst ? target.parentElement : target).scrollIntoView();
});

// What of the text is in view is framed in the strip and marked in the outline.
const frame = one(".window");
const inView = new Set();
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries)
      inView[isIntersecting ? "add" : "delete"](target);
    const places = [...inView].map(({ dataset }) => Number(dataset.at));
    if (!places.length) return;
    const ends = [...inView].map(({ dataset }) => +dataset.at + +dataset.width);
    frame.setAttribute("x", `${Math.min(...places)}%`);
    frame.setAttribute("width", `${Math.max(...ends) - Math.min(...places)}%`);
    const [first] = [...inView].sort((a, b) => a.dataset.at - b.dataset.at);
    one(".outline [aria-current]")?.removeAttribute("aria-current");
    const link = links.get(first.parentElement.id);
    if (link) one("a", link).setAttribute("aria-current", "location");
  },
  { rootMargin: `-${one(".bar").offsetHeight}px 0px 0px` },
);
for (const block of blocks) observer.observe(block);

// On a narrow screen the outline is folded; on paper it is not.
const narrow = matchMedia("(max-width: 52rem)");
const fold = () => (one(".outline details").open = !narrow.matches);
fold();
narrow.addEventListener("change", fold);
addEventListener("beforeprint", () => (one(".outline details").open = true));
addEventListener("afterprint", fold);

// What can be scrolled sideways can be reached with the keyboard.
for (const box of all(".scroll")) if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
