"use strict";

// What a pointer or a key brings about is shown at rest on this page: each rule for such a state, wherever it stands, is
// said once more for elements that name the state, so that what is seen here is never older than the style sheets.
const STATES = { ":hover": "hover", ":focus-visible": "focus", ":active": "active" };

function named(selector) {
  return Object.entries(STATES).reduce((text, [state, name]) => text.replaceAll(state, `[data-state="${name}"]`), selector);
}

function sayAgain(group) {
  [...group.cssRules].forEach((rule) => {
    if (rule.selectorText?.includes(":not(:focus-visible)")) return;
    if (rule.selectorText && named(rule.selectorText) !== rule.selectorText) {
      group.insertRule(`${named(rule.selectorText)} { ${rule.style.cssText} }`, group.cssRules.length);
    } else if (!rule.selectorText && rule.cssRules) sayAgain(rule);
  });
}

window.addEventListener("load", () => {
  [...document.styleSheets].forEach(sayAgain);
  document.documentElement.dataset.statesShown = "";
});
