// Pointing at a bar, or tapping it, shows in words which take it is.
(() => {
  "use strict";
  const text = document.getElementById("take");
  const show = (event) => {
    const bar = event.target.closest?.("svg.takes .bar");
    if (bar && text) text.textContent = bar.querySelector("title").textContent;
  };
  document.addEventListener("pointerover", show);
  document.addEventListener("click", show);
})();
