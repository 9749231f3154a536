// In the place of the theme's sorting by drag and drop: no list of ours is sorted by hand. Without a name for it Alpine would warn.
document.addEventListener("alpine:init", () => globalThis.Alpine.directive("sort", () => {}));
