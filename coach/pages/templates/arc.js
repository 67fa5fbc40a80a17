// Pointer, finger, keys and video all choose a moment, and the arc, its text and the video show it.
(() => {
  "use strict";
  const holder = document.getElementById("moments");
  if (!holder) return;
  const { seconds, least, scale, emotions, lines, samples } = JSON.parse(holder.textContent);
  const chart = document.getElementById("chart");
  const scroll = chart.parentElement;
  const readout = document.getElementById("readout");
  const slider = document.getElementById("moment");
  const video = document.querySelector("video");
  const start = Number(video?.dataset.start ?? 0);  // the time of the take at which the recording begins
  const cursors = [...chart.querySelectorAll(".cursor")];
  let closer = 1;

  const clock = (t) => {
    const tenths = Math.round(t * 10);
    return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, "0")}`;
  };
  const percent = (share) => `${Math.round(share * 100)} %`;

  // The number of the line played at t, null between lines.
  const lineAt = (t) => lines.find(([start, end]) => start <= t && t < end)?.[2] ?? null;

  // The last sample at or before t; if it belongs to the line before, the next one.
  const sampleAt = (t) => {
    let low = 0;
    let high = samples.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (samples[middle][0] <= t + 1e-6) low = middle + 1;
      else high = middle;
    }
    const last = samples[Math.max(low - 1, 0)];
    const next = samples[low];
    return next && last[1] !== lineAt(t) && next[1] === lineAt(t) ? next : last;
  };

  const textsOf = ([, , read, shares, match, reason]) => {
    if (!shares) return [reason ? tr("the face could not be read: {reason}", { reason }) : tr("the face could not be read")];
    const texts = [read === null ? tr("the camera is not sure") : tr("the camera reads {emotion}", { emotion: emotions[read] })];
    if (match !== null) {
      const viewers = tr("{number} of 10 viewers would see what you wanted", { number: Math.round(match * 10) });
      texts.push(scale === "viewers" ? viewers : tr("{share} for what you wanted", { share: percent(match) }));
    }
    const strongest = shares.map((share, n) => [share, emotions[n]]).sort((a, b) => b[0] - a[0]).slice(0, 3);
    texts.push(strongest.map(([share, emotion]) => `${emotion} ${share} %`).join(", "));
    return texts;
  };

  const show = (t) => {
    const at = Math.min(Math.max(t, 0), seconds);
    for (const cursor of cursors) {
      const x = `${seconds ? (100 * at) / seconds : 0}%`;
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
      cursor.classList.add("on");
    }
    slider.value = String(at);
    slider.setAttribute("aria-valuetext", clock(at));
    const sample = samples.length ? sampleAt(at) : null;
    const line = lineAt(at);
    readout.textContent = [clock(at), line ? tr("line {number}", { number: line }) : tr("between lines"), ...(sample ? textsOf(sample) : [])].join(" · ");
  };

  const goTo = (t) => {
    show(t);
    if (video) video.currentTime = t - start;
  };

  // Scroll the arc to t if it is longer than its place.
  const scrollArcTo = (t) => scroll.scrollTo({ left: (chart.clientWidth * t) / (seconds || 1) - scroll.clientWidth / 2 });

  const bringIntoView = (t) => {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    document.getElementById("arc").scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
    scrollArcTo(t);
  };

  const timeAt = (event) => {
    const box = chart.getBoundingClientRect();
    return (seconds * (event.clientX - box.left)) / box.width;
  };

  chart.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse" && (!video || video.paused)) show(timeAt(event));
  });
  chart.addEventListener("click", (event) => goTo(timeAt(event)));
  slider.addEventListener("input", () => {
    goTo(Number(slider.value));
    scrollArcTo(Number(slider.value));
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-t]");
    if (!link || event.target.closest("th")) return;
    goTo(Number(link.dataset.t));
    bringIntoView(Number(link.dataset.t));
  });

  const widen = (times) => {
    const usual = Math.max(least, scroll.clientWidth);
    closer = Math.min(Math.max(closer * times, scroll.clientWidth / usual), 16);
    chart.style.minWidth = closer > 1 ? `${usual * closer}px` : `${Math.floor(least * closer)}px`;
    chart.classList.toggle("squeezed", closer < 1);
  };
  const zoom = (times) => {
    const middle = (scroll.scrollLeft + scroll.clientWidth / 2) / chart.clientWidth;
    widen(times);
    scroll.scrollLeft = middle * chart.clientWidth - scroll.clientWidth / 2;
  };
  document.getElementById("closer").addEventListener("click", () => zoom(2));
  document.getElementById("farther").addEventListener("click", () => zoom(0.5));
  widen(1);

  // The names of the rows stay in sight while the arc is scrolled.
  const names = [...chart.querySelectorAll("text.heading, text.scale")];
  scroll.addEventListener("scroll", () => names.forEach((name) => name.setAttribute("x", scroll.scrollLeft)));

  if (video) {
    const follow = () => {
      show(video.currentTime + start);
      if (!video.paused) requestAnimationFrame(follow);
    };
    video.addEventListener("play", follow);
    video.addEventListener("timeupdate", () => show(video.currentTime + start));
    video.addEventListener("seeked", () => show(video.currentTime + start));
    video.addEventListener("error", () => document.getElementById("no-video").removeAttribute("hidden"));
  }
})();
