# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The machine's Chromium, driven by Playwright; runs in Odoo's environment, not in the command's own."""

import contextlib
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from .system_packages import BROWSERS

# Nothing is asked of other hosts: neither updates, nor settings, nor a search engine's list.
SWITCHES = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
DESKTOP = {"viewport": {"width": 1366, "height": 820}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Give a headless browser."""
    program = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=SWITCHES)
        try:
            yield browser
        finally:
            browser.close()


def visitor(browser: Browser, address: str, login: str | None = None, screen: dict = DESKTOP) -> BrowserContext:
    """Return a Vietnamese visitor's own session, signed in where a login is given (password = login)."""
    context = browser.new_context(base_url=address, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", **screen)
    context.set_default_timeout(20_000)
    if login:
        page = context.new_page()
        page.goto("/web/login")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", login)
        page.click("form.oe_login_form button[type=submit]")
        page.wait_for_url(lambda url: "/web/login" not in url)
        page.close()
    return context
