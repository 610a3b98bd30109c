// What an open finding shows: where, which events, the evidence, what to do and to type.

const MOST_RANGES = 60;
const MOST_EVENTS = 100;
const LONGEST_LINE = 40;
const advice = embedded("advice") ?? {};
const blocks = embedded("finding-blocks") ?? [];
const unpacked = new Map();

// One block after the other is kept, since readers go on with the next finding.
function block(number) {
  if (!unpacked.has(number)) unpacked.set(number, unpack(blocks[number]).then(JSON.parse));
  return unpacked.get(number);
}

function inside(finding, row, commands) {
  const parts = [];
  if (finding) {
    parts.push(places(finding), samples(finding, row));
  } else {
    parts.push(make("p", {}, "Its samples and evidence were left out to keep this file small."));
  }
  parts.push(whatToDo(row.check));
  const typed = commands ?? [`auditor explain ${row.check}`];
  if (typed.length) {
    parts.push(make("div", {}, make("h4", {}, "What to type"), make("ol", { class: "commands" }, typed.map(command))));
  }
  if (finding) parts.push(...evidence(finding), facts(finding));
  return make("div", { class: "inside" }, parts);
}

function places(finding) {
  if (!finding.ranges.length) return null;
  const text = make("p", { class: "ranges" });
  let shown = 0;
  const more = make("button", { type: "button" });
  const add = (most) => {
    const next = finding.ranges.slice(shown, shown + most);
    text.append((shown ? ", " : "") + next.map(span).join(", "));
    shown += next.length;
    const left = finding.ranges.length - shown;
    more.textContent = `Show ${number(Math.min(left, 2000))} of ${plural(left, "more range")}`;
    more.hidden = left === 0;
  };
  more.addEventListener("click", () => add(2000));
  add(MOST_RANGES);
  const note = finding.ranges_truncated ? make("p", { class: "quiet" }, "And more, which the finding does not name.") : null;
  return make("div", {}, make("h4", {}, finding.ranges.length === 1 ? "Positions" : `Positions, in ${plural(finding.ranges.length, "range")}`), text, more, note);
}

function samples(finding, row) {
  if (!finding.events.length) return null;
  const columns = [["position", number], ["stream", visible], ["version", number], ["type", visible], ["id", visible], ["time", when]]
    .filter(([key]) => finding.events.some((event) => event[key] !== null));
  const cells = (event) => columns.map(([key, show]) => (event[key] === null ? "" : show(event[key])));
  const shown = finding.events.slice(0, MOST_EVENTS);
  const all = finding.events.length >= finding.count;
  const title = all ? "Events" : `Samples, ${number(finding.events.length)} of ${number(finding.count)}`;
  // An id stays on its line, the table scrolls in its own box; only what no screen has room for is broken.
  const line = (event) => make("tr", {}, cells(event).map((cell) => make("td", { class: cell.length <= LONGEST_LINE ? "nowrap" : "long" }, cell)));
  const rows = table(columns.map(([key]) => key), [], `${title} of finding ${number(row.at + 1)}`);
  const more = make("button", { type: "button", hidden: finding.events.length <= MOST_EVENTS });
  rows.querySelector("tbody").append(...shown.map(line));
  let count = shown.length;
  const label = () => { more.textContent = `Show ${number(Math.min(1000, finding.events.length - count))} more`; };
  more.addEventListener("click", () => {
    const next = finding.events.slice(count, count + 1000);
    rows.querySelector("tbody").append(...next.map(line));
    count += next.length;
    more.hidden = count >= finding.events.length;
    label();
  });
  label();
  return make("div", {}, make("h4", {}, title), streams(finding), rows, more);
}

// Which streams the samples are of, the ones with most of them first.
function streams(finding) {
  const counts = new Map();
  for (const { stream } of finding.events) if (stream !== null) counts.set(stream, (counts.get(stream) ?? 0) + 1);
  if (counts.size < 2 || counts.size === finding.events.length) return null;
  const sorted = [...counts].sort((one, other) => other[1] - one[1]);
  const told = sorted.slice(0, 8).map(([stream, count]) => `${visible(stream)} (${number(count)})`).join(", ");
  return make("p", { class: "quiet" }, `Streams: ${told}${counts.size > 8 ? ` and ${number(counts.size - 8)} more` : ""}`);
}

function whatToDo(check) {
  const said = advice[check];
  if (!said) return null;
  const sections = said.sections.map(([head, text]) => [head, make("p", {}, text)]);
  const todo = sections.filter(([head]) => head === "What to do");
  const others = sections.filter(([head]) => head !== "What to do");
  return make("div", {},
    todo.map(([head, text]) => [make("h4", {}, head), text]),
    make("details", { class: "meaning", "data-check": check }, make("summary", {}, `What ${check} means, and how it is proven`),
      make("p", {}, `${said.summary}.`), others.map(([head, text]) => [make("h4", {}, head), text])));
}

function evidence(finding) {
  const { sql, ...rest } = finding.evidence;
  const parts = [shownBy(Array.isArray(sql) ? sql : [])];
  if (Object.keys(rest).length) {
    parts.push(make("details", {}, make("summary", {}, "Evidence"),
      make("pre", { tabindex: "0", "aria-label": "Evidence as JSON" }, multiline(JSON.stringify(rest, null, 2)))));
  }
  return parts;
}

// Statements that show the fault to whoever pastes them into a client of the store.
function shownBy(statements) {
  if (!statements.length) {
    return make("p", { class: "quiet" },
      "No SQL is kept with this finding. What an audit asks itself: auditor check --show-sql.");
  }
  return make("div", {}, make("h4", {}, "SQL that shows it"), make("ol", { class: "statements" }, statements.map(statement)));
}

function statement({ store, shows, statement: text }) {
  const button = make("button", { type: "button", class: "copy" }, "Copy");
  button.addEventListener("click", () => copy(button, `${text};`));
  return make("li", {},
    make("p", {}, visible(shows), " ", make("span", { class: "quiet" }, `(store ${visible(store)})`)), button,
    make("pre", { tabindex: "0", "aria-label": `SQL: ${visible(shows)}` }, make("code", {}, `${multiline(text)};`)));
}

const multiline = (text) => text.split("\n").map(visible).join("\n");

function facts(finding) {
  const entries = [["verdict", finding.verdict], ["reason", finding.reason], ["partition", finding.partition],
    ["such findings since", when(finding.first_seen)], ["fingerprint", finding.fingerprint]].filter(([, value]) => value !== null);
  return make("dl", { class: "facts" }, entries.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, visible(value)))));
}
