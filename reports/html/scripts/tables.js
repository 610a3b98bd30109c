// Tables that can be sorted by the heads of their columns; a third press gives the order of the report back.

function sortable(sorted) {
  const body = sorted.tBodies[0];
  const original = [...body.rows];
  const heads = [...sorted.tHead.rows[0].cells];
  const valueOf = (row, column) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
  heads.forEach((head, column) => {
    const kind = head.dataset.sort;
    if (!kind || original.length < 2) return;
    const button = make("button", { type: "button" }, head.textContent);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const first = kind === "number" ? "descending" : "ascending";
      const second = kind === "number" ? "ascending" : "descending";
      const was = head.getAttribute("aria-sort");
      const now = was === first ? second : was === second ? null : first;
      for (const each of heads) each.removeAttribute("aria-sort");
      if (now) head.setAttribute("aria-sort", now);
      const sign = now === "descending" ? -1 : 1;
      const compare = kind === "number"
        ? (a, b) => sign * (Number(valueOf(a, column)) - Number(valueOf(b, column)))
        : (a, b) => sign * valueOf(a, column).localeCompare(valueOf(b, column));
      body.replaceChildren(...(now ? [...original].sort(compare) : original));
    });
  });
}

for (const each of document.querySelectorAll("table[data-sortable]")) sortable(each);
