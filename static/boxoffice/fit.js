/** How large a wall's counts can be, and how many fit on a page of it. No page: numbers only. */

// In heights of a count's letters: a digit, and what else a cell needs.
const DIGIT = 0.63;
const BESIDE = 1.5;
const ROW = 1.95; // the gap below it with it
// Two lines of a channel's name, and its pace: as in wall.css.
const HEAD = 1.55;
const LABEL = 4.4;
const LARGEST_LABEL = 0.3; // of the width
const STEP = 0.97;

/**
 * @typedef {{count: number, label: number, rows: number, columns: number, rowPages: number,
 *   columnPages: number}} Fit
 */

/**
 * The fewest pages on which counts are `smallest` pixels high or higher, and then the largest counts for these.
 *
 * @param {{width: number, height: number, rows: number, columns: number, digits: number, smallest: number,
 *   largest: number}} space
 * @returns {Fit}
 */
export function fit(space) {
  const fewest = pagesAt(space, space.smallest);
  let best = fewest;
  for (let count = space.largest; count > space.smallest; count *= STEP) {
    const found = pagesAt(space, count);
    if (found.rowPages * found.columnPages <= fewest.rowPages * fewest.columnPages) {
      best = found;
      break;
    }
  }
  // As many on each page, and not a last page with one alone.
  return {
    ...best,
    rows: Math.ceil(space.rows / best.rowPages) || 1,
    columns: Math.ceil(space.columns / best.columnPages) || 1,
  };
}

/**
 * @param {{width: number, height: number, rows: number, columns: number, digits: number}} space
 * @param {number} count
 * @returns {Fit}
 */
function pagesAt({ width, height, rows, columns, digits }, count) {
  const label = Math.min(LABEL * count, LARGEST_LABEL * width);
  const fitting = Math.max(1, Math.floor((width - label) / ((DIGIT * digits + BESIDE) * count)));
  const lines = Math.max(1, Math.floor((height - HEAD * count) / (ROW * count)));
  return {
    count,
    label,
    rows: lines,
    columns: fitting,
    rowPages: Math.max(1, Math.ceil(rows / lines)),
    columnPages: Math.max(1, Math.ceil(columns / fitting)),
  };
}
