"use strict";
document.documentElement.classList.add("scripted");

/* Tables: sorting by their headings, a filter, and the rows that travel packed. Text only ever becomes text. */
const STEP = 100;

async function unpacked(element) {
  if (!element) return [];
  const bytes = Uint8Array.from(atob(element.textContent.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

function prepare(box) {
  const table = box.querySelector("table");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const packed = box.querySelector("script[type='text/plain']");
  const total = Number(box.dataset.total);
  const status = box.querySelector(".status");
  const filter = box.querySelector("input");
  const moreButton = box.querySelector("button.more");
  const numbers = heads.map((head) => head.classList.contains("number"));
  const labels = heads.map((head) => head.textContent.trim());
  const classes = heads.map((head, place) => body.rows[0].cells[place].className);
  let rows = [...body.rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim()));
  let whole = packed === null;
  let shown = rows.length;
  let column = -1;
  let down = false;

  async function load() {
    if (!whole) {
      whole = true;
      rows = rows.concat(await unpacked(packed));
    }
  }

  function value(cell, place) {
    return numbers[place] ? Number(String(cell).replaceAll(",", "")) : String(cell);
  }

  function draw() {
    const wanted = filter.value.trim().toLocaleLowerCase();
    let found = wanted ? rows.filter((row) => row.some((cell) => String(cell).toLocaleLowerCase().includes(wanted))) : rows;
    if (column >= 0) {
      const order = new Intl.Collator("en", { numeric: true });
      found = [...found].sort((one, other) => {
        const a = value(one[column], column);
        const b = value(other[column], column);
        return (numbers[column] ? a - b : order.compare(a, b)) * (down ? -1 : 1);
      });
    }
    const part = document.createDocumentFragment();
    for (const row of found.slice(0, shown)) {
      const line = document.createElement("tr");
      row.forEach((cell, place) => {
        const element = document.createElement("td");
        element.className = classes[place];
        element.dataset.label = labels[place];
        element.textContent = typeof cell === "number" ? cell.toLocaleString("en") : cell;
        line.append(element);
      });
      part.append(line);
    }
    body.replaceChildren(part);
    const visible = Math.min(shown, found.length);
    const all = whole ? found.length : total;
    status.textContent = `${visible.toLocaleString("en")} of ${all.toLocaleString("en")} rows`;
    moreButton.hidden = visible >= all;
  }

  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent.trim();
    const printed = document.createElement("span");
    printed.className = "printed";
    printed.textContent = button.textContent;
    head.replaceChildren(button, printed);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", async () => {
      await load();
      down = column === place ? !down : numbers[place];
      column = place;
      heads.forEach((one) => one.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      draw();
    });
  });
  filter.addEventListener("input", async () => {
    await load();
    draw();
  });
  moreButton.addEventListener("click", async () => {
    await load();
    shown += STEP;
    draw();
  });
  moreButton.hidden = whole;
  status.textContent = `${rows.length.toLocaleString("en")} of ${total.toLocaleString("en")} rows`;
}

for (const box of document.querySelectorAll(".table")) prepare(box);

/* The graph: a click on a folded box opens the list of what is in it. */
for (const group of document.querySelectorAll(".graph .group")) {
  group.addEventListener("click", () => {
    const list = [...document.querySelectorAll(".groups details")].find((one) => one.dataset.box === group.dataset.box);
    if (list) {
      list.open = true;
      list.scrollIntoView({ block: "center" });
      list.querySelector("summary").focus();
    }
  });
}

/* Everything at once. */
for (const button of document.querySelectorAll("button.unfold")) {
  button.addEventListener("click", () => {
    const all = [...button.closest("section").querySelectorAll("details")];
    const open = !all.every((one) => one.open);
    for (const one of all) one.open = open;
    button.setAttribute("aria-expanded", String(open));
  });
}
