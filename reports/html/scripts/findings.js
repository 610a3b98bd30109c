// The list of findings: searched, filtered, sorted, grouped; few are made with all that is in them, many a hundred at a
// time, and what is in one of them when it is opened.

const CHUNK = 100;
const FEW = 200;
const list = byId("list");
const SEVERITIES = ["info", "warning", "error"];

async function showFindings() {
  const data = JSON.parse(await unpack(embedded("finding-rows")));
  let at = 0;
  const place = data.blocks.flatMap((size, number) => Array.from({ length: size }, (_, within) => [number, within]));
  const rows = data.rows.map(([audit, check, severity, verdict, count, partition, reason, message, since]) => {
    const words = data.words[at];
    const row = {
      at, count, partition, message, since, severity,
      audit: data.audits[audit], check: data.checks[check], verdict: data.verdicts[verdict],
      reason: reason === null ? null : data.reasons[reason], streams: words?.[0] ?? [],
    };
    row.text = [row.audit, row.check, row.verdict, partition ?? "", message, ...(words?.flat() ?? [])].join("\n").toLowerCase();
    at += 1;
    return row;
  });
  const few = rows.length <= FEW;
  const state = { rows, shown: [], made: 0, group: null, parent: list };
  options(byId("by-audit"), rows.map((row) => row.audit));
  options(byId("by-check"), rows.map((row) => row.check));
  const filters = byId("filters");
  filters.hidden = false;
  filters.addEventListener("submit", (event) => event.preventDefault());
  let waiting = 0;
  filters.addEventListener("input", () => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(refresh); });
  byId("more").addEventListener("click", () => {
    const before = list.querySelectorAll(".finding").length;
    add(CHUNK);
    list.querySelectorAll(".finding > summary")[before]?.focus();
  });

  function refresh() {
    const groups = grouping(byId("grouping").value, chosen(rows));
    state.shown = [...groups.keys()].flatMap((name) => groups.get(name).map((row) => [name, row, groups.get(name).length]));
    state.made = 0;
    state.group = undefined;
    list.replaceChildren();
    add(few ? Infinity : CHUNK);
    const count = new Set(state.shown.map(([, row]) => row)).size;
    byId("shown").textContent = count === rows.length ? plural(count, "finding") : `${number(count)} of ${plural(rows.length, "finding")}`;
  }

  function add(most) {
    const fragment = document.createDocumentFragment();
    for (const [name, row, size] of state.shown.slice(state.made, state.made + most)) {
      if (name !== state.group) {
        state.group = name;
        if (name !== "") fragment.append(make("h3", { class: "group" }, visible(name), make("span", { class: "count" }, number(size))));
      }
      const made = entry(row, data, place, byId("grouping").value !== "audit");
      if (few) requestIdleCallback(made.fill);
      fragment.append(made.details);
    }
    list.append(fragment);
    state.made = Math.min(state.shown.length, state.made + most);
    const left = state.shown.length - state.made;
    const more = byId("more");
    more.hidden = left === 0;
    more.textContent = `Show ${number(Math.min(CHUNK, left))} of ${number(left)} more`;
  }

  refresh();
}

function options(select, names) {
  for (const name of [...new Set(names)]) select.append(make("option", { value: name }, visible(name)));
}

function chosen(rows) {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const severities = new Set([...document.querySelectorAll('#filters input[name="severity"]:checked')].map((box) => SEVERITIES.indexOf(box.value)));
  const [audit, check] = [byId("by-audit").value, byId("by-check").value];
  const kept = rows.filter((row) => severities.has(row.severity) && (!audit || row.audit === audit) && (!check || row.check === check)
    && words.every((word) => row.text.includes(word)));
  return kept.sort(ORDERS[byId("sorting").value]);
}

const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);
const collator = new Intl.Collator(undefined, { numeric: true });
const ORDERS = {
  weight: (one, other) => one.at - other.at,
  count: (one, other) => Number(other.count) - Number(one.count) || one.at - other.at,
  since: (one, other) => compare(one.since, other.since) || one.at - other.at,
  check: (one, other) => compare(one.check, other.check) || one.at - other.at,
  partition: (one, other) => collator.compare(one.partition ?? "", other.partition ?? "") || one.at - other.at,
};

// A finding with samples of several streams stands under each of them.
function grouping(by, rows) {
  const names = { audit: (row) => [row.audit], check: (row) => [row.check], stream: (row) => (row.streams.length ? row.streams : ["no stream named"]) }[by] ?? (() => [""]);
  const groups = new Map();
  for (const row of rows) {
    for (const name of names(row)) {
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(row);
    }
  }
  return groups;
}

function entry(row, data, place, named) {
  const severity = SEVERITIES[row.severity];
  const details = make("details", { class: "finding" },
    make("summary", {},
      make("span", { class: `badge is-${severity}` }, severity),
      make("span", { class: "check" }, row.check.split("/")[1], named ? make("span", { class: "quiet" }, visible(row.audit)) : null),
      make("span", { class: "many" }, number(row.count)),
      make("span", { class: "message" }, visible(row.message), since(row, data.started))));
  const fill = async () => {
    if (details.dataset.made) return;
    details.dataset.made = "yes";
    const [number, within] = place[row.at] ?? [];
    const finding = number === undefined ? null : (await block(number))[within];
    details.append(inside(finding, row, data.commands[row.at]));
  };
  details.addEventListener("toggle", () => { if (details.open) fill(); });
  return { details, fill };
}

// It is the finding that is so old, some of its events may be younger.
function since(row, started) {
  return row.since < started ? make("span", { class: "quiet" }, ` (such findings since ${when(row.since)})`) : null;
}

if (list) showFindings();
