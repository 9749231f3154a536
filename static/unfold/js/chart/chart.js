// In the place of Chart.js, which the theme sends with every page: our charts are SVG. This is what the theme reads of it.
globalThis.Chart = { defaults: { font: {} } };
