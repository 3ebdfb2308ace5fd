"""Takes the pictures of the README and the docs: ``python docs/pictures/make.py`` on a machine with Chromium.

The support example's day on a stack of its own, in a folder that is gone afterwards. A picture is a compressed PNG of a
page as an approver has it; names and amounts are the example's.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from groundstop.clock import Clock
from groundstop_console.adapters.accounts import Accounts
from groundstop_console.domain.people import Person, Role
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).resolve().parent
COMMAND = (sys.executable, "-m", "groundstop.cli")
PASSWORD = "a sentence for pictures"
SIZE = {"width": 1280, "height": 800}
BYTES_MAX = 100_000
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
WAIT_MS = 30_000
DAY_S = 20.0
"""How long the example is given to fill the inbox."""


def groundstop(data: Path, *arguments: str) -> str:
    """A command on the stack in ``data``."""
    done = subprocess.run([*COMMAND, *arguments, "--data", str(data)], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def with_people(data: Path) -> None:
    """Ada may do everything."""
    data.mkdir(parents=True, exist_ok=True)
    accounts = Accounts(data, Clock())
    accounts.put(Person(name="ada", role=Role.ADMIN, tenants=("*",), password=accounts.hashed(PASSWORD)))


def sign_in(page: Page) -> None:
    """Ada's inbox."""
    page.set_default_timeout(WAIT_MS)
    page.goto("/sign-in?next=/inbox")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector('body[data-link="live"]')


def take(page: Page, path: str, name: str) -> None:
    """One picture, with few enough colours to be small."""
    page.goto(path)
    page.wait_for_selector("main")
    page.wait_for_selector(".bone", state="detached")
    page.wait_for_timeout(1500)
    file = HERE / f"{name}.png"
    page.screenshot(path=file)
    shrink(file)
    print(f"{file.name}: {file.stat().st_size} bytes")


def shrink(file: Path) -> None:
    """256 colours are enough for a page of text when rare ones are kept, too: a dot that says "alive" is green.

    Without Pillow the picture stays as it is.
    """
    try:
        from PIL import Image
    except ImportError:
        return
    Image.open(file).convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE).save(file, optimize=True)
    if file.stat().st_size > BYTES_MAX:
        sys.exit(f"{file} has {file.stat().st_size} bytes, more than {BYTES_MAX}")


def pictures(data: Path) -> None:
    """The inbox, one case, a task with its odds, the metrics, and the controls with a halt."""
    url = json.loads((data / "stack.json").read_text(encoding="utf-8"))["console_url"]
    time.sleep(DAY_S)
    cases = json.loads(groundstop(data, "cases", "--json"))
    rows = cases if isinstance(cases, list) else cases["cases"]
    refund = next(row for row in rows if row["case"].endswith("-approval"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGS)
        page = browser.new_context(base_url=url, viewport=SIZE, reduced_motion="reduce").new_page()  # type: ignore[arg-type]
        sign_in(page)
        take(page, "/inbox", "inbox")
        take(page, f"/cases/{refund['case']}", "case")
        take(page, f"/tasks/{refund['tenant']}/{refund['task']}", "task")
        take(page, "/metrics?range=1h", "metrics")
        groundstop(data, "halt", "--scope", "action=payment", "--reason", "odd refunds since nine")
        take(page, "/controls", "controls")
        browser.close()


def main() -> None:
    """Start, take, stop."""
    data = Path(tempfile.mkdtemp(prefix="pictures-")) / "stack"
    with_people(data)
    groundstop(data, "up", "--example", "support", "--detach")
    try:
        pictures(data)
    finally:
        groundstop(data, "down")
        shutil.rmtree(data.parent)


if __name__ == "__main__":
    main()
