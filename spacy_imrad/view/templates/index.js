const list = one("main tbody");
const papers = all("tr", list);
const search = one("input");
const order = one("select");
const labelCount = one(".count");

watchLegend(() => {});

const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
search.addEventListener("input", () => {
  const wanted = words(search.value);
  let shown = 0;
  for (const paper of papers) {
    const text = paper.dataset.search.toLowerCase();
    paper.hidden = !wanted.every((word) => text.includes(word));
    if (!paper.hidden) shown += 1;
  }
  labelCount.textContent = wanted.length ? `${shown} of ${papers.length} papers` : "";
  one(".empty").hidden = shown > 0;
});
one("form").addEventListener("submit", (event) => event.preventDefault());

// Names rise and figures fall, but for the confidence: what needs a look comes first.
const heads = all("thead button");
const figure = (paper, by) =>
  Number(by in paper.dataset ? paper.dataset[by] : paper.dataset.shares.split(" ")[by]);
const rises = (by) => by === "title" || by === "confidence";
function sort(by) {
  const compare =
    by === "file" ? () => 0
    : by === "title" ? (a, b) => a.dataset.title.localeCompare(b.dataset.title)
    : (a, b) => (figure(b, by) - figure(a, by)) * (rises(by) ? -1 : 1);
  list.replaceChildren(...papers.toSorted(compare));
  order.value = by;
  for (const { dataset, parentElement } of heads) {
    if (dataset.by === by) parentElement.ariaSort = rises(by) ? "ascending" : "descending";
    else parentElement.ariaSort = null;
  }
}
order.addEventListener("change", () => sort(order.value));
for (const head of heads) head.addEventListener("click", () => sort(head.dataset.by));
