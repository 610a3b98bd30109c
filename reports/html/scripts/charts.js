// Draws the charts when one of them comes near, or the page has been there for a while, so that they are there on paper:
// what draws them is large, and the top of the page is not to wait for it.

const CONFIG = {
  background: "transparent",
  font: "system-ui, sans-serif",
  view: { stroke: null },
  axis: {
    labelColor: "var(--quiet)", titleColor: "var(--quiet)", gridColor: "var(--line)", domainColor: "var(--strong-line)",
    tickColor: "var(--strong-line)", labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", gridOpacity: 0.7,
  },
  legend: { labelColor: "var(--text)", labelFontSize: 12, symbolSize: 60 },
};

async function drawCharts(places) {
  const specs = embedded("charts");
  document.head.append(make("script", {}, await unpack(embedded("drawing"))));
  for (const place of places) {
    const spec = specs[place.dataset.chart];
    if (place.clientWidth < 500) narrowed(spec);
    // Expressions are interpreted, since the page forbids scripts made out of text; nothing is loaded from anywhere.
    const { view } = await drawChart(place, spec, { actions: false, ast: true, renderer: "svg", config: CONFIG, defaultStyle: false });
    if (place.dataset.chart === "gaps") await gapMap(view, spec.encoding.x.scale.domain);
    place.dataset.drawn = "yes";
  }
}

// On a phone half of the width would go to the names of the rows.
function narrowed(spec) {
  const { y, color } = spec.encoding;
  if (spec.layer) Object.assign(y.axis, { labelLimit: 110, labelFontSize: 11, labelExpr: "split(datum.label, ': ')" });
  if (color?.legend) Object.assign(color.legend, { columns: 1, labelLimit: 280 });
}

const charts = [...document.querySelectorAll("[data-chart]")];
if (charts.length) {
  let begun = false;
  const begin = () => { if (!begun) { begun = true; watcher.disconnect(); drawCharts(charts); } };
  const watcher = new IntersectionObserver((seen) => { if (seen.some((each) => each.isIntersecting)) begin(); }, { rootMargin: "600px" });
  for (const each of charts) watcher.observe(each);
  setTimeout(begin, 1500);
}
