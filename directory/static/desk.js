"use strict";

// After a form was refused, reading begins with what is wrong.
document.querySelector("[data-focus]")?.focus();
