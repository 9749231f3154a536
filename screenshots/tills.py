"""What a clerk has taken before a picture of the till is made."""

from playwright.sync_api import Page, expect

# Through the calls of the sell screen: the pictures are of the till.
SELL = """async () => {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const counter = Number(document.querySelector("a[href^='/sell/'].button").href.match(/sell\\/(\\d+)/)[1]);
  const ask = async (path, body) => {
    const answer = await fetch(`/counter/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token, "Idempotency-Key": crypto.randomUUID() },
      body: JSON.stringify({ channel: counter, ...body }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  };
  const catalog = await (await fetch(`/counter/${counter}/catalog/`)).json();
  const offers = catalog.events.flatMap((event) => event.items.map((item) => ({ event: event.id, ...item })))
    .filter((item) => item.sellable > 10);
  const payments = [
    { kind: "CASH", tendered: "20000.00" }, { kind: "UPI", reference: "633412087745" }, { kind: "CASH" },
    { kind: "CARD", reference: "Slip 0412" }, { kind: "ON_ACCOUNT", reference: "Pune Rotary Club" },
    { kind: "UPI", reference: "633412090218" },
  ];
  let last;
  for (const [index, payment] of payments.entries()) {
    const item = offers[index % offers.length];
    const quantity = Math.max(item.min, 1 + (index % 3));
    const sold = await ask("sales/", { event: item.event, lines: [{ item: item.id, quantity }], payment });
    if (payment.kind === "CARD") last = sold.booking;
  }
  await ask("refunds/", { booking: last.id, kind: "CARD", reason: "Could not come", lines: [{ line: 1, quantity: 1 }] });
}"""


def evening(page: Page) -> None:
    """Six sales and a refund."""
    if not page.locator("a.button[href^='/sell/']").count():
        page.get_by_label("Terminal").fill("Window 1")
        page.get_by_label("Float").fill("5,000")
        page.get_by_role("button", name="Open", exact=True).click()
        page.locator(".open-till").wait_for()
    page.evaluate(SELL)
    page.reload()


def count(page: Page) -> None:
    """Ten rupees are missing."""
    page.get_by_role("link", name="Report").first.click()
    expected = page.locator(".sum .total .number").first.text_content() or ""
    rest = int("".join(filter(str.isdigit, expected))) - 10
    page.get_by_role("link", name="Count and close").click()
    for value in (500, 200, 100, 50, 20, 10, 5, 2, 1):
        pieces, rest = divmod(rest, value)
        if pieces:
            page.locator(f"[name='piece_{value}']").fill(str(pieces))
    page.get_by_label("Note").fill("Gave ten too much change at the rush.")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".compare")).to_be_visible()
    page.evaluate("document.activeElement.blur()")


def close(page: Page) -> None:
    count(page)
    page.get_by_role("button", name="Close the till").click()
    expect(page.locator(".report")).to_be_visible()


def receipt(page: Page) -> None:
    """Of the last sale but one."""
    page.locator(".list tbody a").first.click()
    page.locator(".report [href^='/counter/receipts/']").nth(1).click()
    expect(page.locator(".ticket").first).to_be_visible()
