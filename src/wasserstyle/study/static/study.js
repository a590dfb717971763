// Keys press buttons, a form is sent once, the next pictures are fetched ahead. All works without.

const form = document.querySelector("form.answers");

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && location.hash) location.hash = "";
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !form) return;
  const key = event.key.toLowerCase();
  const button = [...form.querySelectorAll("[data-keys]")].find((one) =>
    one.dataset.keys.split(" ").includes(key));
  if (button) button.click();
});

for (const one of document.forms) {
  one.addEventListener("submit", (event) => {
    if (one.dataset.sent) event.preventDefault();
    one.dataset.sent = "true";
    event.submitter?.classList.add("chosen");
  });
}

addEventListener("pageshow", () => {  // back, from the browser's memory
  for (const one of document.forms) delete one.dataset.sent;
});

addEventListener("load", () => {
  const ahead = document.querySelector("[data-ahead]")?.dataset.ahead ?? "";
  for (const key of ahead.split(" ").filter(Boolean)) new Image().src = `/pictures/${key}`;
});
