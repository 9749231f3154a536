// A file that would be refused for its size is not sent at all: the answer to half of it might never be read.
for (const form of document.querySelectorAll("form[data-max-bytes]")) {
  const input = form.querySelector("input[type=file]");
  const told = form.querySelector("[data-too-large]");

  const check = () => {
    const maximum = Number(form.dataset.maxBytes);
    const size = input.files[0]?.size ?? 0;
    const isTooLarge = size > maximum;
    told.textContent = isTooLarge
      ? told.dataset.tooLarge
          .replace("{size}", size.toLocaleString("en"))
          .replace("{maximum}", maximum.toLocaleString("en"))
      : "";
    told.hidden = !isTooLarge;
    if (isTooLarge) {
      input.setAttribute("aria-invalid", "true");
    } else {
      input.removeAttribute("aria-invalid");
    }
    return !isTooLarge;
  };

  input.addEventListener("change", check);
  form.addEventListener("submit", (event) => {
    if (!check()) {
      event.preventDefault();
      input.focus();
    }
  });
}
