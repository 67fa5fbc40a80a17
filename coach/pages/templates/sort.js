// Tables of class "sortable": a button in the head sorts the rows; the same button again reverses their order.
(() => {
  "use strict";
  const value = (row, column, kind) => {
    const cell = row.cells[column];
    const text = cell.dataset.value ?? cell.textContent.trim();
    if (kind === "text") return text;
    return text === "" ? null : Number(text);
  };
  const compare = (a, b, turn) => {
    if (a === null || b === null) return (a === null) - (b === null);  // rows without a figure come last in either order
    return turn * (typeof a === "number" ? a - b : a.localeCompare(b, undefined, { numeric: true }));
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      head.querySelector("button")?.addEventListener("click", () => {
        const rising = head.getAttribute("aria-sort") !== "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", rising ? "ascending" : "descending");
        const body = table.tBodies[0];
        const kind = head.dataset.kind;
        const keyed = [...body.rows].map((row) => [value(row, column, kind), row]);
        keyed.sort((a, b) => compare(a[0], b[0], rising ? 1 : -1));
        body.append(...keyed.map((pair) => pair[1]));
      });
    });
  }
})();
