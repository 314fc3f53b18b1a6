// Keys that a page answers before the server could say whether the browser may.
"use strict";
document.addEventListener("keydown", event => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  const sends = event.target.closest?.("[data-enter-clicks]");
  if (sends && event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    // Fields tell the server what they hold when they are left, not key by key: a server that answers late would put back what it had then.
    event.target.dispatchEvent(new Event("change", { bubbles: true }));
    document.getElementById(sends.dataset.enterClicks)?.click();
    return;
  }
  if (event.target.closest?.("input, textarea, select, [contenteditable], [role=dialog], [role=listbox]")) return;
  const button = [...document.querySelectorAll("button[data-key]")].find(each => each.dataset.key === event.key && !each.disabled && each.offsetParent);
  if (button) {
    event.preventDefault();
    button.click();
  }
});
