"use strict";
// Keys for what the page has buttons, links and fields for; each names its own key. Without this file all of them work.

const OFF = "seealso-desk-keys-off";
const TYPING = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=submit])";

document.documentElement.classList.add("scripted");

const box = document.getElementById("keys-off");
if (box) {
  box.checked = areOff();
  box.addEventListener("change", () => {
    localStorage.setItem(OFF, box.checked ? "yes" : "");
    show();
  });
}
show();

function areOff() {
  return localStorage.getItem(OFF) === "yes";
}

function show() {
  document.documentElement.classList.toggle("keyed", !areOff());
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat || areOff()) return;
  if (event.target.matches(TYPING)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  // What has the focus keeps Enter to itself.
  if (event.key === "Enter" && event.target !== document.body) return;
  const meant = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!meant) return;
  event.preventDefault();
  if (meant.matches("input")) meant.focus();
  else meant.click();
});

// What is marked in a text comes into its sight.
for (const text of document.querySelectorAll(".text")) {
  const mark = text.querySelector("mark");
  if (mark) text.scrollTop = mark.offsetTop - text.offsetTop - text.clientHeight / 4;
}

// A form that is on its way is not sent twice, by whichever key or button.
let sent = false;
document.addEventListener("submit", (event) => {
  if (sent) event.preventDefault();
  sent = true;
});
addEventListener("pageshow", () => {
  sent = false;
});
