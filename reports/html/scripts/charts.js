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
  const maps = JSON.parse(await unpack(embedded("gap-rows")));
  for (const place of places) {
    const { chart, of } = place.dataset;
    if (chart === "gaps") await gapMap(place, specs.gaps, maps[of]);
    else await embed(place, specs[chart]);
    place.dataset.drawn = "yes";
  }
}

// Expressions are interpreted, since the page forbids scripts made out of text; nothing is loaded from anywhere.
async function embed(place, spec) {
  if (place.clientWidth < 500) narrowed(spec);
  const { view } = await drawChart(place, spec, { actions: false, ast: true, renderer: "svg", config: CONFIG, defaultStyle: false });
  onScreen.set(place, view);
  return view;
}

// What is as wide as a screen would be cut off on paper, or become too small to read. A page of A4 or Letter is so wide.
const PAPER = 680;
const onScreen = new Map();
function widen(most) {
  for (const [place, view] of onScreen) view.width(Math.min(most, place.clientWidth)).run();
}
addEventListener("beforeprint", () => widen(PAPER));
addEventListener("afterprint", () => widen(Infinity));

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
