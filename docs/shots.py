# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Take the guides' screenshots from a running demo: ``./dvc run --detach && ./dvc shots [NAME …]``."""

import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from dvc_cli.chromium import DESKTOP, PHONE, chromium, visitor  # noqa: E402  # the path above makes it importable

IMAGES = Path(__file__).parent / "images"
GUIDES = CHECKOUT / "addons" / "dvc_account" / "static" / "guides"
STAFF, PORTAL = ".o_action_manager .o_view_controller", "#wrapwrap"
# name: (login, path, screen)
SHOTS = {
    "desk": ("officer", "/odoo/dvc-desk", DESKTOP),
    "board": ("officer", "/odoo/dvc-board", DESKTOP),
    "accounts": ("officer", "/odoo/dvc-accounts", DESKTOP),
    "wallets": ("accountant", "/odoo/dvc-wallets", DESKTOP),
    "results": ("leader", "/odoo/dvc-results", DESKTOP),
    "portal-home": ("citizen1", "/my", PHONE),
    "portal-dossiers": ("citizen1", "/my/dossiers", PHONE),
    "procedures": (None, "/dvc/procedures", PHONE),
    "verify": (None, "/dvc/verify", PHONE),
}
# Those of the addon's own guides.
GUIDE_SHOTS = {
    "mat-khau": (None, "/dvc/reset", PHONE),
    "chuan-hoa": ("citizen1", "/my/account-standardize?change=1", PHONE),
}


def main() -> None:
    shots = {name: (IMAGES, *shot) for name, shot in SHOTS.items()}
    shots |= {name: (GUIDES, *shot) for name, shot in GUIDE_SHOTS.items()}
    address, names = sys.argv[1], sys.argv[2:] or list(shots)
    with chromium() as browser:
        for name in names:
            folder, login, path, screen = shots[name]
            folder.mkdir(parents=True, exist_ok=True)
            page = visitor(browser, address, login, screen).new_page()
            page.goto(path)
            page.wait_for_selector(STAFF if path.startswith("/odoo") else PORTAL)
            # Pictures and counts come after the page; staff pages keep a connection open, so they are never idle.
            page.wait_for_timeout(2000)
            page.screenshot(path=folder / f"{name}.png")
            page.context.close()
            sys.stdout.write(f"{name}.png\n")


if __name__ == "__main__":
    main()
