# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Take the guides' screenshots from a running demo: ``./dvc run --detach && ./dvc shots [NAME …]``."""

import base64
import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import websocket

IMAGES = Path(__file__).parent / "images"
DESKTOP, PHONE = (1366, 820, False), (390, 844, True)
# name: (login, path, screen)
SHOTS = {
    "desk": ("officer", "/odoo/dvc-desk", DESKTOP),
    "board": ("officer", "/odoo/dvc-board", DESKTOP),
    "accounts": ("officer", "/odoo/dvc-accounts", DESKTOP),
    "wallets": ("accountant", "/odoo/dvc-wallets", DESKTOP),
    "results": ("leader", "/odoo/dvc-results", DESKTOP),
    "portal-dossiers": ("citizen1", "/my/dossiers", PHONE),
    "portal-home": ("citizen1", "/my", PHONE),
    "procedures": (None, "/dvc/procedures", PHONE),
    "verify": (None, "/dvc/verify", PHONE),
}
SWITCHES = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-allow-origins=*"),
    *("--remote-debugging-port=0", "--lang=vi"),
)


class Browser:
    """Chromium behind its debugging protocol; one page."""

    def __init__(self):
        self.folder = tempfile.mkdtemp()
        program = next(filter(None, (shutil.which(name) for name in ("chromium", "google-chrome"))))
        self.process = subprocess.Popen(
            [program, *SWITCHES, f"--user-data-dir={self.folder}", "about:blank"],
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        self.socket, self.number = self._connect(), 0

    def _connect(self):
        port_file = Path(self.folder) / "DevToolsActivePort"
        for _ in range(100):
            with contextlib.suppress(OSError, IndexError):
                port = port_file.read_text().splitlines()[0]
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=5) as answer:
                    page = next(target for target in json.load(answer) if target["type"] == "page")
                return websocket.create_connection(page["webSocketDebuggerUrl"], timeout=60)
            time.sleep(0.1)
        raise SystemExit("Chromium did not start.")

    def send(self, method: str, **params) -> dict:
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.number:
                return answer.get("result", {})

    def evaluate(self, expression: str):
        answer = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        return answer.get("result", {}).get("value")

    def open(self, url: str, wait: float = 2.5) -> None:
        self.send("Page.navigate", url=url)
        for _ in range(150):
            time.sleep(0.1)
            if self.evaluate("document.readyState") == "complete":
                break
        time.sleep(wait)

    def sign_in(self, address: str, login: str) -> None:
        self.send("Network.clearBrowserCookies")
        self.open(f"{address}/web/login", 0.5)
        fill = "document.querySelector('input[name={}]').value = '{}';"
        self.evaluate(fill.format("login", login) + fill.format("password", login))
        self.evaluate("document.querySelector('form.oe_login_form').submit()")
        time.sleep(3)

    def shoot(self, path: Path, screen: tuple[int, int, bool]) -> None:
        answer = self.send("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(answer["data"]))

    def size(self, screen: tuple[int, int, bool]) -> None:
        width, height, mobile = screen
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


def main() -> None:
    address, names = sys.argv[1], sys.argv[2:] or list(SHOTS)
    IMAGES.mkdir(exist_ok=True)
    browser, signed_in = Browser(), None
    try:
        for name in sorted(names, key=lambda name: SHOTS[name][0] or ""):
            login, path, screen = SHOTS[name]
            browser.size(screen)
            if login and login != signed_in:
                browser.sign_in(address, login)
                signed_in = login
            browser.open(address + path)
            browser.shoot(IMAGES / f"{name}.png", screen)
            sys.stdout.write(f"{name}.png\n")
    finally:
        browser.close()


if __name__ == "__main__":
    main()
