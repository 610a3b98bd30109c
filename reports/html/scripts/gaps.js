// The maps of the gaps at every zoom: of what is in sight, ranges nearer together than a pixel are drawn as one.

const ROW_HEIGHT = 30;

function decoded(row) {
  let position = 0;
  const positions = row.steps.map((step) => (position += step));
  return { ...row, positions };
}

// The index of the first range that ends at or after a position: ranges are sorted.
function firstAt({ positions }, position) {
  let [low, high] = [0, positions.length / 2];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (positions[2 * middle + 1] < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

function thinned(row, [from, to], pixels) {
  const apart = (to - from) / pixels;
  const marks = [];
  let mark = null;
  for (let index = firstAt(row, from); 2 * index < row.positions.length && row.positions[2 * index] <= to; index += 1) {
    const [first, last] = [row.positions[2 * index], row.positions[2 * index + 1]];
    if (mark && first - mark.last < apart) {
      mark.last = Math.max(mark.last, last);
      mark.ranges += 1;
    } else {
      mark = { first, last, ranges: 1 };
      marks.push(mark);
    }
  }
  return marks.map(({ first, last, ranges }) => ({
    label: row.label, severity: row.severity, from: first - 0.5, to: last + 0.5,
    positions: span([first, last]), what: ranges === 1 ? "one range" : `${number(ranges)} ranges, zoom in to tell them apart`,
  }));
}

// From the first to the last position of what was looked at, and of every gap.
function endsOf(rows) {
  const edges = rows.flatMap((row) => [row.positions[0], row.positions.at(-1), row.first ?? row.positions[0], row.last ?? row.positions.at(-1)]);
  return edges.reduce(([low, high], each) => [Math.min(low, each), Math.max(high, each)], [Infinity, -Infinity]);
}

function fitted(spec, rows, domain, log) {
  const own = structuredClone(spec);
  own.height = ROW_HEIGHT * rows.length;
  own.description = `${spec.description}: ${log}`;
  own.encoding.x.scale.domain = domain;
  own.encoding.y.sort = rows.map((row) => row.label);
  return own;
}

// `choices`: the rows of the whole log, and behind them those of each partition that can be looked at by itself.
async function gapMap(place, spec, choices) {
  const map = place.closest(".map");
  const shown = map.querySelector(".map-shown");
  const note = map.querySelector(".map-note");
  let [view, rows, ends, domain, drawn] = [null, [], [0, 0], [0, 0], 0];
  const inSight = () => {
    const [from, to] = view.signal("zoom_from") ?? domain;
    return from < to ? [from, to] : [to, from];
  };
  const draw = () => {
    const sight = inSight();
    view.data("gaps", rows.flatMap((row) => thinned(row, sight, Math.max(200, view.width()))));
    view.runAsync();
    const [from, to] = [Math.max(ends[0], Math.ceil(sight[0])), Math.min(ends[1], Math.floor(sight[1]))];
    shown.textContent = from <= to ? `positions ${span([from, to])}` : "beyond what was looked at";
  };
  const soon = () => { cancelAnimationFrame(drawn); drawn = requestAnimationFrame(draw); };
  const choose = async (which) => {
    rows = choices[which].map(decoded);
    ends = endsOf(rows);
    const room = Math.max(1, (ends[1] - ends[0]) * 0.01);
    domain = [ends[0] - room, ends[1] + room];
    if (note) note.hidden = which > 0;
    cancelAnimationFrame(drawn);
    view?.finalize();
    view = await embed(place, fitted(spec, rows, domain, place.dataset.log));
    const windows = rows.filter((row) => row.first !== null && row.last !== null && row.first <= row.last);
    view.data("windows", windows.map((row) => ({
      label: row.label, from: row.first - 0.5, to: row.last + 0.5, positions: `${span([row.first, row.last])} looked at`,
    })));
    view.addSignalListener("zoom_from", soon);
    view.addResizeListener(soon);
    draw();
  };
  const go = (sight) => { view.signal("zoom_from", sight); view.runAsync().then(draw); };
  // A gap is shown with as much around it as it is long, and never less than ten positions.
  const around = ([first, last]) => { const room = Math.max(10, last - first); go([first - room, last + room]); };
  const gap = (forward) => {
    const [from, to] = inSight();
    const middle = (from + to) / 2;
    const found = rows.map((row) => {
      let index = firstAt(row, middle);
      const at = (number) => [row.positions[2 * number], row.positions[2 * number + 1]];
      if (forward) {
        while (2 * index < row.positions.length && at(index).reduce((a, b) => a + b) / 2 <= middle) index += 1;
        return 2 * index < row.positions.length ? at(index) : null;
      }
      index = Math.min(index, row.positions.length / 2 - 1);
      while (index >= 0 && at(index).reduce((a, b) => a + b) / 2 >= middle) index -= 1;
      return index >= 0 ? at(index) : null;
    }).filter(Boolean).sort((one, other) => (forward ? one[0] - other[0] : other[1] - one[1]));
    const all = rows.flatMap(({ positions }) => [positions.slice(0, 2), positions.slice(-2)]).sort((one, other) => one[0] - other[0]);
    around(found[0] ?? (forward ? all[0] : all.at(-1)));
  };
  const scaled = (factor, shift) => {
    const [from, to] = inSight();
    const half = Math.max(2, ((to - from) / 2) * factor);
    const middle = (from + to) / 2 + shift * (to - from);
    go([middle - half, middle + half]);
  };
  const actions = {
    next: () => gap(true), previous: () => gap(false), in: () => scaled(0.25, 0), out: () => scaled(4, 0),
    left: () => scaled(1, -0.4), right: () => scaled(1, 0.4), all: () => go(domain),
  };
  let choosing = choose(0);
  map.querySelector(".map-tools").addEventListener("click", (event) => actions[event.target.dataset?.map]?.());
  map.querySelector(".map-partition")?.addEventListener("change", (event) => { choosing = choosing.then(() => choose(Number(event.target.value))); });
  await choosing;
}
