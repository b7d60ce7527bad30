# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import re

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger


@tagged("-at_install", "post_install")
class TestGuides(HttpCase):
    def test_every_guide_opens_without_a_login(self):
        listed = self.url_open("/dvc/guides")
        paths = re.findall(r'href="(/dvc/guides/[^"]+)"', listed.text)
        self.assertGreaterEqual(len(paths), 2)
        for path in paths:
            page = self.url_open(path)
            self.assertEqual(page.status_code, 200)
            self.assertIn("<h1>", page.text)
            for picture in re.findall(r'<img[^>]+src="(/dvc_[^"]+)"', page.text):
                self.assertEqual(self.url_open(picture).status_code, 200, picture)

    def test_other_files_are_out_of_reach(self):
        for slug in ("..%2F__manifest__", "%2e%2e%2fguides", "nothing", "1-tai-khoan-va-mat-khau.md"):
            with mute_logger("odoo.http"):
                self.assertEqual(self.url_open(f"/dvc/guides/{slug}").status_code, 404, slug)
