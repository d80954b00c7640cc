// Says one minute before the end that the session will end. Without this script it ends all the same.
"use strict";
for (const place of document.querySelectorAll("[data-session-ends-in]")) {
  const seconds = Number(place.dataset.sessionEndsIn);
  const words = place.querySelector("[hidden]");
  if (words && seconds > 60) {
    setTimeout(() => words.removeAttribute("hidden"), (seconds - 60) * 1000);
  }
}
