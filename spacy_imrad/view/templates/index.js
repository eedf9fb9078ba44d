const list = one("main ol");
const papers = all("li", list);
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

const shareOf = (paper, label) => Number(paper.dataset.shares.split(" ")[label]);
order.addEventListener("change", () => {
  const by = order.value;
  const compare =
    by === "" ? () => 0
    : by === "title" ? (a, b) => a.dataset.title.localeCompare(b.dataset.title)
    : by === "words" ? (a, b) => b.dataset.words - a.dataset.words
    : (a, b) => shareOf(b, by) - shareOf(a, by);
  list.replaceChildren(...papers.toSorted(compare));
});
