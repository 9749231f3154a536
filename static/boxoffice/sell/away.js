// The page that stands for one that needs the network: it opens that one as soon as the network is there.
const LOOK_MS = 5_000;

async function look() {
  try {
    const answer = await fetch(location.href, { method: "HEAD", cache: "no-store", redirect: "manual" });
    // Whatever the server says of it, it says it itself; a proxy that answers for a server that is away does not.
    if (answer.status < 500) location.reload();
  } catch {
    // Still away.
  }
}

document.querySelector("[data-again]")?.addEventListener("click", () => location.reload());
addEventListener("online", () => void look());
setInterval(() => void look(), LOOK_MS);
