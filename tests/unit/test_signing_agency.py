# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Who counts as an agency: the authorities' own roots certify bodies of the state, numbers or none."""

import pytest
from conftest import load_package
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from signing_lab import NOW, Lab, page

sign = load_package("dvc_account", "signing", "sign")
verify = load_package("dvc_account", "signing", "verify")

OFFICIAL = (
    "Trần Quang Minh",
    (NameOID.ORGANIZATION_NAME, "ỦY BAN NHÂN DÂN THÀNH PHỐ HUẾ"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "ỦY BAN NHÂN DÂN PHƯỜNG HƯƠNG SƠ"),
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return Lab(tmp_path_factory.mktemp("lab"))


def _der(authority):
    return authority.certificate.public_bytes(Encoding.DER)


def _line(lab, key, **lists):
    """Return the evidence of one signature, checked against some anchors."""
    authorities = (lab.citizen_root, lab.citizen_ca, lab.authority_root, lab.authority_ca)
    trust = verify.Trust(
        intermediates=[_der(lab.citizen_ca), _der(lab.authority_ca)],
        crls=[authority.crl() for authority in authorities],
        **{name: [_der(authority) for authority in items] for name, items in lists.items()},
    )
    answer = verify.verify_bytes(sign.sign_pdf(page(), key), "a.pdf", trust, NOW)
    (signature,), (evidence,) = answer["signatures"], answer["evidence"]
    return signature, evidence


def test_an_official_without_a_number_is_the_state_s(lab):
    key = lab.person("official", lab.authority_ca, OFFICIAL)
    signature, evidence = _line(lab, key, authorities=[lab.authority_root], citizens=[lab.citizen_root])
    assert (signature["verdict"], signature["tax_id"]) == ("valid", "")
    assert evidence["agency"] and "PHƯỜNG HƯƠNG SƠ" in evidence["organisation"]


@pytest.mark.parametrize("purpose", ["citizens", "anchors"])
def test_the_same_names_under_another_root_are_nobody_s(lab, purpose):
    key = lab.person("poser", lab.citizen_ca, OFFICIAL)
    signature, evidence = _line(lab, key, authorities=[lab.authority_root], **{purpose: [lab.citizen_root]})
    assert signature["verdict"] == "valid"
    assert not evidence["agency"]


def test_under_a_root_of_any_purpose_the_budget_code_is_asked_for(lab):
    _signature, evidence = _line(lab, lab.leader, anchors=[lab.authority_root])
    assert evidence["agency"]
    key = lab.person("official2", lab.authority_ca, OFFICIAL)
    _signature, evidence = _line(lab, key, anchors=[lab.authority_root])
    assert not evidence["agency"]
