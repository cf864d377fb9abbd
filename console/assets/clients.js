// A file that is too large is told before it is sent; everything else works without this.
const field = document.querySelector("input[type=file][data-largest]");

field?.addEventListener("change", () => {
  const tooLarge = [...field.files].some((file) => file.size > Number(field.dataset.largest));
  field.setCustomValidity(tooLarge ? field.dataset.tooLarge : "");
  field.reportValidity();
});
