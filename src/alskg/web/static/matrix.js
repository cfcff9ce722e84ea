// Arrow keys move between the marks of a mapping; Home and End go to the ends of a row. The Tab key comes to one of them, the
// last that somebody was at, and leaves from there.
"use strict";

document.querySelectorAll(".matrix table").forEach((table) => {
  const grid = [...table.rows].map((row) => [...row.cells].map((cell) => cell.querySelector("td > button, td > a")));
  const places = new Map(grid.flatMap((row, y) => row.map((mark, x) => [mark, [x, y]])).filter(([mark]) => mark));

  let current = [...places.keys()][0];
  places.forEach((_, mark) => { mark.tabIndex = mark === current ? 0 : -1; });
  table.addEventListener("focusin", ({ target }) => {
    if (!places.has(target)) return;
    current.tabIndex = -1;
    current = target;
    current.tabIndex = 0;
  });

  const beside = (x, y, dx, dy) => {
    if (dy === 0) {
      for (let at = x + dx; at >= 0 && at < grid[y].length; at += dx) if (grid[y][at]) return grid[y][at];
      return null;
    }
    // The nearest mark of the next row that has any.
    for (let at = y + dy; at >= 0 && at < grid.length; at += dy) {
      const marks = grid[at].map((mark, i) => [mark, Math.abs(i - x)]).filter(([mark]) => mark).sort((a, b) => a[1] - b[1]);
      if (marks.length) return marks[0][0];
    }
    return null;
  };

  table.addEventListener("keydown", (event) => {
    const place = places.get(event.target);
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (!place || event.target.matches("[popover] *")) return;
    const row = grid[place[1]].filter(Boolean);
    const next = event.key === "Home" ? row[0] : event.key === "End" ? row.at(-1) : steps[event.key] && beside(...place, ...steps[event.key]);
    if (next) { event.preventDefault(); next.focus(); next.scrollIntoView({ block: "nearest", inline: "nearest" }); }
  });
});
