const thanks = document.getElementById("thanks");

document.addEventListener("prolong-done", ({ detail }) => {
  thanks.textContent = `Thank you! Your license now runs through ${detail.expires_on}.`;
});

document.addEventListener("prolong-refused", ({ detail }) => {
  thanks.textContent = "";
  console.info("refused", detail.code, detail.request_id);
});
