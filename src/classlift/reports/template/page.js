"use strict";
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const rows = [...body.rows].map((row) => ({
    row,
    text: row.cells[0].textContent.toLowerCase(),
    keys: [...row.cells].map((cell) => {
      const number = cell.querySelector("data");
      const text = cell.textContent;
      const shown = number ? Number(number.value) : Number.parseFloat(text.replace(/^\[/, ""));
      return Number.isNaN(shown) ? text.toLowerCase() : shown;
    }),
  }));
  const show = (order) => body.replaceChildren(...order.map((one) => one.row));
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down === 1 ? "ascending" : "descending");
      show([...rows].sort((a, b) => {
        const [x, y] = [a.keys[at], b.keys[at]];
        if (typeof x !== typeof y) return typeof x === "number" ? -1 : 1;
        return down * (typeof x === "number" ? x - y : x.localeCompare(y));
      }));
    });
  });
  const filter = table.closest("section").querySelector(".filter");
  const [input, told] = [filter.querySelector("input"), filter.querySelector("output")];
  filter.hidden = false;
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    let seen = 0;
    for (const one of rows) {
      one.row.hidden = !one.text.includes(wanted);
      seen += !one.row.hidden;
    }
    told.value = wanted ? `${seen} of ${rows.length} classes` : "";
  });
}
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
