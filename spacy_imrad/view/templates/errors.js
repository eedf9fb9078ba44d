const errors = all("main section");

watchLegend((matches) => {
  for (const error of errors) error.hidden = matches !== null && !matches(error);
  const shown = errors.filter((error) => !error.hidden).length;
  one(".count").textContent = matches ? `${shown} of ${errors.length} shown` : "";
  one(".empty").hidden = shown > 0;
});
