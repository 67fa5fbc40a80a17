// The bar that is pointed at or tapped says in words which take it is.
(() => {
  "use strict";
  const said = document.getElementById("take");
  const tell = (event) => {
    const bar = event.target.closest?.("svg.takes .bar");
    if (bar && said) said.textContent = bar.querySelector("title").textContent;
  };
  document.addEventListener("pointerover", tell);
  document.addEventListener("click", tell);
})();
