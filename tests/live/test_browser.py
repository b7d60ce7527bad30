# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""The main line by hand, in a real browser: a citizen on a phone, the staff at their desks."""

import base64
import os
import random
import re
from urllib.parse import urlsplit

import journey
import pytest
from playwright.sync_api import Page, expect

from dvc_cli.chromium import DESKTOP, PHONE, chromium, visitor

URL = os.environ.get("DVC_URL", "")
ROW, DIALOG = ".o_data_row", ".modal"
# What the browser says when it leaves a page whose requests are still under way.
HARMLESS = ("ERR_ABORTED", "net::ERR_NETWORK_CHANGED")


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def at(browser):
    """Return the maker of pages: ``at("officer")`` is signed in, with no complaint of the browser until the end."""
    contexts, complaints, hosts = [], [], set()

    def watch(page: Page) -> None:
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))

    def make(login: str | None = None, screen: dict = DESKTOP) -> Page:
        context = visitor(browser, URL, login, screen)
        context.on("page", watch)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert [line for line in complaints if not any(word in line for word in HARMLESS)] == []
    assert hosts <= {urlsplit(URL).hostname, None, ""}, "a page asked another host for something"


def pdf_file(name: str) -> dict:
    return {"name": name, "mimeType": "application/pdf", "buffer": base64.b64decode(journey.pdf("Ban thu"))}


def search(page: Page, text: str) -> None:
    """Type into the search box of a list and take its first suggestion."""
    box = page.locator(".o_searchview_input")
    box.fill(text)
    expect(page.locator(".o_searchview_autocomplete .dropdown-item").first).to_contain_text(text)
    box.press("Enter")
    expect(page.locator(".o_searchview_facet").filter(has_text=text)).to_be_visible()


def open_dossier(page: Page, code: str) -> None:
    """Find a dossier by its code, as one types it into the search box."""
    page.goto("/odoo/dvc-dossiers")
    search(page, code)
    page.locator(ROW).filter(has_text=code).first.locator("td[name=applicant_name]").click()
    expect(page.locator(".o_form_view")).to_contain_text(code)


def press(page: Page, button: str) -> None:
    page.locator(
        f".o_form_statusbar button[name={button}]:visible, .o_statusbar_buttons button[name={button}]:visible"
    ).first.click()


def state_is(page: Page, state: str) -> None:
    expect(page.locator(f".o_statusbar_status button[data-value={state}]")).to_have_attribute("aria-current", "step")


def submit_on_the_phone(page: Page) -> str:
    """Hand in a dossier from the list of procedures; return its code."""
    page.goto("/dvc/procedures")
    page.locator("input[type=search]").fill("trich luc ho tich")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("trích lục hộ tịch")).first.click()
    page.locator(f"a[href*='/my/dossiers/new/{journey.PROCEDURE}']").click()
    page.locator("input[name=agency]").first.check()
    page.locator("#delivery_counter").check()
    with page.expect_response("**/my/dossiers/upload") as answered:
        page.locator("input[type=file]").first.set_input_files(pdf_file("to-khai.pdf"))
    assert answered.value.ok
    expect(page.locator(".o_dvc_chosen_name").first).to_have_text("to-khai.pdf")
    page.locator(".o_dvc_submit").click()
    expect(page.locator(".alert-success")).to_be_visible()
    return page.locator(".alert-success strong.font-monospace").inner_text()


def test_a_new_citizen_signs_up_and_standardises(at, caller):
    facts = {
        "full_name": "Đỗ Thị Mới Đến",
        "citizen_id": f"046199{random.randrange(10**6):06d}",
        "issue_date": "2023-04-05",
        "phone": f"0936{random.randrange(10**6):06d}",
    }
    caller("admin")("dvc.identity.source", "create", [facts])
    phone = at(None, PHONE)
    phone.goto("/web/signup")
    for field, value in (
        ("login", f"{facts['phone']}@example.com"),
        ("name", facts["full_name"]),
        ("password", "Mật khẩu thử 2026"),
        ("confirm_password", "Mật khẩu thử 2026"),
    ):
        phone.fill(f"input[name={field}]", value)
    phone.locator("form.oe_signup_form button[type=submit]").click()
    # Until it is standardised every page of the citizen's is the form.
    phone.goto("/my/dossiers")
    phone.wait_for_url("**/my/account-standardize")
    phone.fill("#dvc_full_name", facts["full_name"])
    phone.fill("#dvc_citizen_id", facts["citizen_id"])
    phone.fill("#dvc_issue_date", facts["issue_date"])
    phone.fill("#dvc_phone", facts["phone"])
    phone.locator("form[action='/my/account-standardize'] button").click()
    code = phone.locator(".o_dvc_sandbox_code").inner_text()
    phone.fill("#dvc_code", "000000" if code != "000000" else "000001")
    phone.locator("form[action='/my/account-standardize'] button").click()
    expect(phone.locator("#dvc_error")).to_be_visible()
    phone.fill("#dvc_code", code)
    phone.locator("form[action='/my/account-standardize'] button").click()
    phone.wait_for_url(re.compile(r"/my/?$"))
    found = caller("integrator")("dvc.account", "find", citizen_id=facts["citizen_id"])
    assert found["state"] == "standardized"


def test_a_dossier_goes_by_hand_from_the_phone_to_the_handover(at, citizen, caller):
    citizen.top_up(50_000)
    login, password = citizen.facts["phone"], "Mật khẩu thử 2026"
    challenge = at(None, PHONE)
    challenge.goto("/dvc/reset")
    challenge.fill("#dvc_phone", login)
    challenge.get_by_role("button").last.click()
    challenge.fill("#dvc_code", challenge.locator(".o_dvc_sandbox_code").inner_text())
    challenge.get_by_role("button").last.click()
    challenge.fill("#dvc_password", password)
    challenge.fill("#dvc_again", password)
    challenge.get_by_role("button").last.click()
    expect(challenge.locator(".alert-success")).to_be_visible()

    phone = challenge
    phone.goto("/web/login")
    phone.fill("#login", login)
    phone.fill("#password", password)
    phone.locator("form.oe_login_form button[type=submit]").click()
    phone.wait_for_url("**/my**")
    code = submit_on_the_phone(phone)

    officer = at("officer")
    officer.goto("/odoo/dvc-desk")
    search(officer, code)
    waiting = officer.locator(ROW).filter(has_text=code)
    expect(waiting.locator(".o_dvc_countdown")).to_be_visible()
    waiting.locator("button[name=action_receive]").click()
    expect(waiting).to_have_count(0)

    phone.goto("/my/dossiers?filterby=todo")
    phone.get_by_text(code).click()
    phone.locator("a[href$='/pay']").first.click()
    expect(phone.locator(".o_dvc_due")).to_contain_text("8.000")
    phone.locator("form[action$='/pay'] button").click()
    receipt = phone.locator("a[href*='/my/receipts/']").first
    expect(receipt).to_be_visible()
    answer = phone.request.get(receipt.get_attribute("href"))
    assert answer.ok and answer.body().startswith(b"%PDF")

    specialist = at("specialist")
    open_dossier(specialist, code)
    state_is(specialist, "received")
    press(specialist, "action_start")
    state_is(specialist, "processing")
    press(specialist, "action_publish_result")
    dialog = specialist.locator(DIALOG)
    dialog.locator("input[type=file]").set_input_files(pdf_file("trich-luc.pdf"))
    dialog.locator("div[name=number] input").fill("01/TLKT")
    dialog.locator("button[name=action_publish]").click()
    expect(dialog).to_have_count(0)

    leader = at("leader")
    leader.goto("/odoo/dvc-signing")
    waiting = leader.locator(ROW).filter(has_text=code)
    waiting.locator("button[name=action_sign]").click()
    expect(waiting.locator("button[name=action_sign]")).to_have_count(0)

    open_dossier(officer, code)
    state_is(officer, "done")
    press(officer, "action_hand_over_result")
    dialog = officer.locator(DIALOG)
    dialog.locator("div[name=recipient_citizen_id] input").fill(citizen.facts["citizen_id"])
    for paper in dialog.locator("div[name=paper_ids] input[type=checkbox]").all():
        paper.check()
    dialog.locator("button[name=action_hand_over]").click()
    expect(dialog).to_have_count(0)
    expect(officer.locator(".o_form_sheet div[name=recipient_citizen_masked]")).to_be_visible()
    with officer.expect_download() as receipt:
        officer.locator(".o_statusbar_buttons button").first.click()
    assert receipt.value.path().read_bytes().startswith(b"%PDF")
    open_dossier(officer, code)
    state_is(officer, "returned")

    phone.goto("/my/dossiers")
    phone.get_by_text(code).first.click()
    file = phone.request.get(phone.locator("a[href*='/results/']").first.get_attribute("href"))
    assert citizen.app("dvc.signature", "verify", content=base64.b64encode(file.body()).decode())["verdict"] == "valid"
    phone.locator("a[href*='/dvc/verify/']").first.click()
    expect(phone.locator("section[aria-live]")).to_contain_text("01/TLKT")


def test_a_card_is_dragged(at, citizen):
    """Where the move needs nothing it is made; where it needs a reason its dialog opens; else the card comes back."""
    code = citizen.submit()["code"]
    board = at("officer", {"viewport": {"width": 2400, "height": 900}})
    board.goto("/odoo/dvc-board")
    search(board, code)
    card = board.locator(".o_kanban_record:not(.o_kanban_ghost)")
    expect(card).to_have_count(1)
    expect(card.locator(".o_dvc_countdown")).to_be_visible()

    column = dict(
        zip(
            ("submitted", "payment", "received", "processing", "supplement"),
            board.locator(".o_kanban_group").all(),
            strict=False,
        )
    )

    def drag_to(state: str) -> None:
        card.hover()
        board.mouse.down()
        target = column[state].bounding_box()
        board.mouse.move(target["x"] + target["width"] / 2, target["y"] + 120, steps=12)
        board.mouse.up()

    def stands_in(state: str) -> None:
        expect(column[state].locator(".o_kanban_record:not(.o_kanban_ghost)")).to_have_count(1)

    drag_to("processing")
    expect(board.locator(".o_notification")).to_be_visible()
    stands_in("submitted")
    drag_to("supplement")
    expect(board.locator(f"{DIALOG} button[name=action_request]")).to_be_visible()
    board.keyboard.press("Escape")
    expect(board.locator(DIALOG)).to_have_count(0)
    stands_in("submitted")
    drag_to("received")
    stands_in("payment")


def test_cash_gives_its_receipt_and_a_refusal_is_told_plainly(at, citizen, caller):
    due, wrong = citizen.submit(), citizen.submit()
    caller("officer")("dvc.dossier", "receive", [due["id"]])
    officer = at("officer")
    open_dossier(officer, due["code"])
    press(officer, "action_pay_cash")
    with officer.expect_download() as receipt:
        officer.locator(f"{DIALOG} .btn-primary").click()
    assert receipt.value.path().read_bytes().startswith(b"%PDF")
    state_is(officer, "received")

    open_dossier(officer, wrong["code"])
    officer.locator("button[name=action_mark_to_fix]").first.click()
    expect(officer.locator("td[name=review]").first).to_contain_text("bổ sung")
    press(officer, "action_receive")
    told = officer.locator(f"{DIALOG} main, {DIALOG} .modal-body")
    expect(told.first).to_contain_text(wrong["code"])
    expect(told.first).not_to_contain_text("[")
    state_is(officer, "submitted")
