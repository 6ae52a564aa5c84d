// The example course pages count the goals that the labs report. Labs report to the page that holds them, and nowhere
// else: what a page does with it is its own affair. This one only shows it.
for (const lab of document.querySelectorAll("quorum-lab")) {
  const shown = document.querySelector(`output[for="${lab.id}"]`);
  lab.addEventListener("quorumlab:progress", ({ detail }) => {
    if (!shown || !detail.goals) return;
    shown.textContent = `${detail.goals_met} / ${detail.goals}`;
    shown.toggleAttribute("data-done", detail.done);
  });
}
