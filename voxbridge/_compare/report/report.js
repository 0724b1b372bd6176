"use strict";

(() => {
  document.documentElement.classList.add("scripted");
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // -- tables

  const value = (row, column) => {
    const words = row.cells[column].textContent.trim();
    const number = parseFloat(words.replaceAll(",", ""));
    return /^-?[\d,.]+( \w+)?$/.test(words) ? number : words === "–" ? null : words;
  };

  const compare = (one, other) => {
    if (one === null || other === null) return (one === null) - (other === null); // what is not known comes last
    if (typeof one === "number" && typeof other === "number") return one - other;
    return String(one).localeCompare(String(other));
  };

  const sort = (table, column, heading) => {
    const down = heading.getAttribute("aria-sort") === "ascending";
    all("th[aria-sort]", table).forEach((each) => each.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows].map((row) => [value(row, column), row]);
    rows.sort(([one], [other]) => {
      const order = compare(one, other);
      return down && one !== null && other !== null ? -order : order;
    });
    table.tBodies[0].append(...rows.map(([, row]) => row));
  };

  all("table.sortable").forEach((table) => {
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      heading.replaceChildren(button);
      button.addEventListener("click", () => sort(table, column, heading));
    });
  });

  // -- players

  const match = document.querySelector(".match input");
  const takes = all("div.take").map((box) => ({
    box,
    audio: box.querySelector("audio"),
    button: box.querySelector(".play"),
    slider: box.querySelector(".seek"),
    played: box.querySelector(".played"),
    target: Number(box.dataset.target),
    label: box.dataset.label,
    text: Number(box.dataset.text),
    number: Number(box.dataset.number),
    seconds: Number(box.dataset.seconds),
    loudness: box.dataset.loudness === "" ? null : Number(box.dataset.loudness),
  }));

  // Players can only make softer: all takes of a text become as soft as the softest, which counts down to -40 LUFS.
  const volume = (take) => {
    if (!match.checked || take.loudness === null) return 1;
    const known = takes.filter((each) => each.text === take.text && each.loudness !== null);
    const softest = Math.max(-40, Math.min(...known.map((each) => each.loudness)));
    return Math.min(1, 10 ** ((softest - take.loudness) / 20));
  };

  const show = (take) => {
    const { audio, seconds } = take;
    const now = Math.min(audio.currentTime, seconds);
    take.played.setAttribute("width", seconds ? (240 * now) / seconds : 0);
    take.slider.setAttribute("aria-valuenow", now.toFixed(2));
    take.slider.setAttribute("aria-valuetext", `${now.toFixed(1)} of ${seconds.toFixed(1)} seconds`);
  };

  const follow = (take) => {
    show(take);
    if (!take.audio.paused) requestAnimationFrame(() => follow(take));
  };

  const stop = (except = null) => {
    takes.filter((take) => take !== except && !take.audio.paused).forEach((take) => take.audio.pause());
  };

  const play = (take) => {
    stop(take);
    take.audio.volume = volume(take);
    take.audio.play().catch((error) => {
      if (error.name !== "AbortError") throw error; // it was stopped before it had begun
    });
  };

  const toggle = (take) => (take.audio.paused ? play(take) : take.audio.pause());

  const seek = (take, seconds) => {
    take.audio.currentTime = Math.max(0, Math.min(take.seconds, seconds));
    show(take);
  };

  takes.forEach((take) => {
    const { audio, button, slider } = take;
    audio.controls = false;
    button.addEventListener("click", () => toggle(take));
    audio.addEventListener("play", () => {
      button.setAttribute("aria-pressed", "true");
      follow(take);
    });
    for (const ending of ["pause", "ended"]) {
      audio.addEventListener(ending, () => button.setAttribute("aria-pressed", "false"));
    }
    const point = (event) => {
      const place = slider.getBoundingClientRect();
      seek(take, (take.seconds * (event.clientX - place.left)) / place.width);
    };
    slider.addEventListener("pointerdown", (event) => {
      slider.setPointerCapture(event.pointerId);
      point(event);
    });
    slider.addEventListener("pointermove", (event) => {
      if (slider.hasPointerCapture(event.pointerId)) point(event);
    });
    slider.addEventListener("keydown", (event) => {
      const now = audio.currentTime;
      const places = { ArrowLeft: now - 0.5, ArrowRight: now + 0.5, ArrowDown: now - 0.5, ArrowUp: now + 0.5, Home: 0, End: take.seconds };
      if (event.key in places) seek(take, places[event.key]);
      else if (event.key === " " || event.key === "Enter") toggle(take);
      else return;
      event.preventDefault();
    });
  });
  match.addEventListener("change", () => takes.forEach((take) => (take.audio.volume = volume(take))));

  // -- the blind test

  const panel = document.querySelector(".panel");
  const status = panel.querySelector("[role=status]");
  const table = panel.querySelector("table");
  const votes = [];
  let left = [];
  let pair = null;

  const any = (list) => list[Math.floor(Math.random() * list.length)];

  // Every text with every two targets, in any order, on either side; then from the beginning.
  const pairs = () => {
    const found = [];
    for (const text of new Set(takes.map((take) => take.text))) {
      const targets = [...new Set(takes.filter((take) => take.text === text).map((take) => take.target))];
      targets.forEach((one, place) => targets.slice(place + 1).forEach((other) => found.push([text, one, other])));
    }
    for (let end = found.length - 1; end > 0; end -= 1) {
      const place = Math.floor(Math.random() * (end + 1));
      [found[end], found[place]] = [found[place], found[end]];
    }
    return found;
  };

  const next = () => {
    stop();
    if (!left.length) left = pairs();
    const [text, one, other] = left.pop();
    const sides = Math.random() < 0.5 ? [one, other] : [other, one];
    const [a, b] = sides.map((target) => any(takes.filter((take) => take.text === text && take.target === target)));
    pair = { a, b, heard: { a: 0, b: 0 } };
    const words = a.box.closest("article").querySelector("h3 bdi").textContent;
    panel.querySelector(".said bdi").textContent = words;
  };

  const hear = (side) => {
    const take = pair[side];
    pair.heard[side] += 1;
    take.audio.currentTime = 0;
    play(take);
  };

  const named = (take) => ({ target: take.label, take: take.number });

  const vote = (choice) => {
    if (!pair.heard.a || !pair.heard.b) {
      status.textContent = "Listen to both first.";
      return;
    }
    const text = panel.querySelector(".said bdi").textContent;
    votes.push({ text, a: named(pair.a), b: named(pair.b), vote: choice, heard: pair.heard, at: new Date().toISOString() });
    status.textContent = `${votes.length} ${votes.length === 1 ? "vote" : "votes"}. Here are the next two.`;
    if (!table.hidden) tally();
    next();
  };

  const counts = () => {
    const found = new Map();
    const of = (label) => found.get(label) ?? found.set(label, { better: 0, same: 0, worse: 0 }).get(label);
    takes.forEach((take) => of(take.label));
    votes.forEach(({ a, b, vote: choice }) => {
      of(a.target)[choice === "a" ? "better" : choice === "b" ? "worse" : "same"] += 1;
      of(b.target)[choice === "b" ? "better" : choice === "a" ? "worse" : "same"] += 1;
    });
    return found;
  };

  const tally = () => {
    const rows = [...counts()].map(([label, { better, same, worse }]) => {
      const row = document.createElement("tr");
      [label, better, same, worse].forEach((words, place) => {
        const cell = document.createElement(place ? "td" : "th");
        const isolated = document.createElement("bdi");
        isolated.textContent = words;
        cell.append(isolated);
        row.append(cell);
      });
      return row;
    });
    table.tBodies[0].replaceChildren(...rows);
    table.hidden = false;
  };

  const save = () => {
    const contents = { made: document.querySelector("time").textContent, votes, tally: Object.fromEntries(counts()) };
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(contents, null, 1)], { type: "application/json" }));
    link.download = "votes.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  if (!pairs().length) {
    panel.replaceChildren("It takes two targets that have spoken the same text.");
    return;
  }
  takes.forEach((take) => {
    const mark = () => {
      for (const side of ["a", "b"]) {
        const on = pair[side] === take && !take.audio.paused;
        if (pair[side] === take) panel.querySelector(`[data-play=${side}]`).setAttribute("aria-pressed", String(on));
      }
    };
    for (const change of ["play", "pause", "ended"]) take.audio.addEventListener(change, mark);
  });
  all("[data-play]", panel).forEach((button) => button.addEventListener("click", () => hear(button.dataset.play)));
  all("[data-vote]", panel).forEach((button) => button.addEventListener("click", () => vote(button.dataset.vote)));
  panel.querySelector("[data-result]").addEventListener("click", tally);
  panel.querySelector("[data-export]").addEventListener("click", save);
  panel.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = { a: () => hear("a"), b: () => hear("b"), arrowleft: () => vote("a"), arrowright: () => vote("b"), arrowdown: () => vote("same") };
    const act = acts[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });
  next();
})();
