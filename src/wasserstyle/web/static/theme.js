// Light or dark before the first paint, so that the page does not flash; a classic script for that reason.
// The choice is kept in localStorage; without one the system decides.
"use strict";
try {
  const kept = localStorage.getItem("wasserstyle:theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
} catch {
  // Storage is switched off: the system decides.
}
