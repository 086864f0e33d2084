"use strict";
// Loads the page anew as soon as another generation is served: for whoever writes, with `seealso serve --watch`.

let shown;

setInterval(async () => {
  try {
    const answer = await fetch("/readyz", { cache: "no-store" });
    const now = answer.ok ? (await answer.json()).built_at : "";
    if (shown !== undefined && shown !== now) location.reload();
    shown = now;
  } catch {
    // the service is being started anew
  }
}, 1000);
