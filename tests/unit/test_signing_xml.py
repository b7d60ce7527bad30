# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Signed XML: what is good, what attackers do to it, and what xmlsec and signxml make of the same."""

import base64
import os
import re
import shutil
import subprocess
import time

import pytest
import signxml
from conftest import load_package
from cryptography.hazmat.primitives import serialization
from formats_lab import C14N, DECLARATION, DS, ENVELOPED, EXCLUSIVE, INVOICE, MORE, CurveKey, XmlSigner, der, twin_of
from lxml import etree
from signing_lab import DAY, NOW, Lab
from signxml.xades import XAdESSigner

verify = load_package("dvc_account", "signing", "verify")
pools = load_package("dvc_account", "signing", "pool")
worker = load_package("dvc_account", "signing", "worker")
demo_pki = load_package("dvc_account", "signing", "demo_pki")

XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
FILTER = "http://www.w3.org/2002/06/xmldsig-filter2"
# The limit of a check, and time for a new process on a busy machine.
ENOUGH = worker.SECONDS + 10
HEAD = b"<?xml version='1.0' encoding='UTF-8'?>\n"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return Lab(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def good(lab):
    return XmlSigner(lab.citizen).sign(DECLARATION)


@pytest.fixture(scope="module")
def xades(lab):
    return XmlSigner(lab.citizen, xades=True).sign(DECLARATION)


@pytest.fixture(scope="module")
def invoice(lab):
    return XmlSigner(lab.citizen, uri="#data", place="DSCKS/NBan").sign(INVOICE)


@pytest.fixture
def check(lab):
    def run(data, trust=None, at=None):
        return verify.verify_bytes(data, "", trust or lab.trust(), at)

    return run


def outcome(answer) -> tuple:
    return answer["verdict"], answer["reason"]


def replaced(data: bytes, old: str, new: str) -> bytes:
    changed = data.replace(old.encode(), new.encode(), 1)
    assert changed != data
    return changed


def element(data: bytes, name: str):
    """Return the tree of a file and its first element of a name."""
    tree = etree.fromstring(data)
    return tree, next(tree.iter(f"{{*}}{name}"))


class TestGood:
    def test_enveloped(self, check, good):
        answer = check(good)
        assert outcome(answer) == ("valid", "valid")
        (one,) = answer["signatures"]
        assert (one["signer"], one["citizen_id_masked"], one["level"]) == ("Nguyễn Văn An", "046*******01", "XMLDSig")
        assert one["intact"] and one["trusted"] and one["covers_whole_file"]
        assert answer["evidence"][0]["covering"] and answer["evidence"][0]["good_now"]

    @pytest.mark.parametrize(
        "options",
        [
            {"uri": "#goc"},
            {"transforms": (ENVELOPED, C14N)},
            {"transforms": (ENVELOPED, f"{C14N}#WithComments")},
            {"transforms": (ENVELOPED, EXCLUSIVE), "form": EXCLUSIVE},
            {"form": "http://www.w3.org/2006/12/xml-c14n11"},
            {"digest": "sha512"},
        ],
        ids=str,
    )
    def test_forms(self, lab, check, options):
        assert outcome(check(XmlSigner(lab.citizen, **options).sign(DECLARATION))) == ("valid", "valid")

    def test_text_on_both_sides_of_the_signature(self, lab, check):
        mixed = HEAD + b"<a xmlns:b='urn:b'>before<c/>between<b:d b:e='f'/>after</a>"
        signed = XmlSigner(lab.citizen, place="c").sign(mixed)
        assert check(signed)["verdict"] == "valid"
        tree, signature = element(signed, "Signature")
        signature.tail = "added"
        assert check(etree.tostring(tree))["verdict"] == "modified"

    def test_other_encodings(self, lab, check):
        signed = XmlSigner(lab.citizen).sign(DECLARATION)
        tree = etree.fromstring(signed).getroottree()
        for encoding in ("UTF-16", "UTF-8", "US-ASCII"):
            assert check(etree.tostring(tree, xml_declaration=True, encoding=encoding))["verdict"] == "valid"
        exotic = etree.tostring(tree, xml_declaration=True, encoding="windows-1258", with_tail=False)
        assert check(exotic)["verdict"] == "unsupported"

    def test_xades(self, check, xades):
        answer = check(xades)
        assert outcome(answer) == ("valid", "valid")
        (one,) = answer["signatures"]
        assert (one["level"], one["timestamped"], one["signed_at"]) == ("XAdES B-B", False, "2026-11-01 01:00:00")

    def test_processing_instruction_that_is_signed(self, lab, check):
        signed = XmlSigner(lab.citizen).sign(HEAD + b"<a><?app do?><b>x</b></a>")
        assert check(signed)["verdict"] == "valid"
        assert check(replaced(signed, "<?app do?>", "<?app dont?>"))["verdict"] == "modified"


class TestSigners:
    @pytest.mark.parametrize(
        ("who", "expected"),
        [
            ("revoked", ("revoked", "revoked")),
            ("expired", ("expired", "expired")),
            ("rogue", ("untrusted", "no_path")),
            ("plain", ("untrusted", "path_rules")),
        ],
    )
    @pytest.mark.parametrize("with_properties", [False, True])
    def test_fates(self, lab, check, who, expected, with_properties):
        answer = check(XmlSigner(getattr(lab, who), xades=with_properties).sign(DECLARATION))
        assert answer["verdict"] == expected[0]
        assert answer["reason"] in (expected[1], "key_usage")

    def test_no_revocation_list(self, lab, check, good):
        assert outcome(check(good, lab.trust(crls=[]))) == ("unknown", "revocation_unknown")

    def test_nobody_is_trusted(self, lab, check, good):
        assert check(good, lab.trust(citizens=[]))["verdict"] == "untrusted"

    def test_revocation_list_that_the_signature_brings_along(self, lab, check, xades):
        lists = "".join(
            f"<x:EncapsulatedCRLValue>{base64.b64encode(one.crl()).decode()}</x:EncapsulatedCRLValue>"
            for one in lab.authorities
        )
        added = (
            "<x:UnsignedProperties><x:UnsignedSignatureProperties><x:RevocationValues><x:CRLValues>"
            f"{lists}</x:CRLValues></x:RevocationValues></x:UnsignedSignatureProperties></x:UnsignedProperties>"
        )
        carried = replaced(xades, "</x:QualifyingProperties>", added + "</x:QualifyingProperties>")
        assert check(carried, lab.trust(crls=[]))["verdict"] == "valid"

    @pytest.mark.parametrize("options", [{}, {"xades": True}])
    def test_weak_digest(self, lab, check, options):
        signed = XmlSigner(lab.citizen, digest="sha1", **options).sign(DECLARATION)
        assert outcome(check(signed)) == ("unknown", "weak_digest")

    def test_elliptic_curve(self, lab, check):
        signed = XmlSigner(CurveKey(lab.citizen_ca, demo_pki.subject("Đường Cong")), method=f"{MORE}ecdsa-sha256").sign(
            DECLARATION
        )
        assert outcome(check(signed)) == ("valid", "valid")
        assert check(replaced(signed, ">100<", ">900<"))["verdict"] == "modified"

    def test_probabilistic_padding(self, lab, check):
        method = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"
        signed = XmlSigner(lab.citizen, method=method).sign(DECLARATION)
        assert outcome(check(signed)) == ("valid", "valid")


class TestTime:
    def test_stamped_while_the_certificate_was_good(self, lab, check):
        stamper = lab.timestamper(at=NOW - 60 * DAY)
        answer = check(XmlSigner(lab.expired, xades=True, timestamper=stamper).sign(DECLARATION))
        (one,) = answer["signatures"]
        assert (answer["verdict"], one["level"], one["timestamped"]) == ("valid", "XAdES B-T", True)
        assert one["signed_at"] == (NOW - 60 * DAY).strftime("%Y-%m-%d %H:%M:%S")

    def test_stamped_too_late(self, lab, check):
        signed = XmlSigner(lab.expired, xades=True, timestamper=lab.timestamper()).sign(DECLARATION)
        assert check(signed)["verdict"] == "expired"

    def test_stamp_of_another_signature_proves_nothing(self, lab, check):
        stamper = lab.timestamper(at=NOW - 60 * DAY)
        other = XmlSigner(lab.expired, xades=True, timestamper=stamper).sign(HEAD + b"<other/>")
        token = re.search(rb"<x:UnsignedProperties.*</x:UnsignedProperties>", other, re.DOTALL)[0].decode()
        mine = XmlSigner(lab.expired, xades=True).sign(DECLARATION)
        moved = replaced(mine, "</x:QualifyingProperties>", token + "</x:QualifyingProperties>")
        assert check(moved)["verdict"] == "expired"

    def test_stamp_of_a_rogue_authority(self, lab, check):
        stamper = lab.timestamper(lab.rogue_tsa, NOW - 60 * DAY)
        assert check(XmlSigner(lab.expired, xades=True, timestamper=stamper).sign(DECLARATION))["verdict"] == "expired"

    def test_signers_own_clock_proves_nothing(self, lab, check):
        answer = check(XmlSigner(lab.expired, xades=True).sign(DECLARATION))
        assert answer["verdict"] == "expired"
        assert not answer["signatures"][0]["timestamped"]


class TestChanges:
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (">100<", ">900<"),
            ("Id='goc'", "Id='khac'"),
            ("Nguyễn Văn An", "Nguyễn Văn Am"),
            ("<SoTien>", "<!-- x --><Them>1</Them><SoTien>"),
            ("urn:test", "urn:best"),
            ("</SoTien>", "</SoTien> "),
        ],
    )
    def test_content(self, good, check, old, new):
        changed = good.replace(b'"', b"'") if "'" in old else good
        assert outcome(check(replaced(changed, old, new)))[0] == "modified"

    def test_values(self, good, check):
        for name in ("DigestValue", "SignatureValue"):
            tree, part = element(good, name)
            part.text = ("B" if part.text[0] != "B" else "C") + part.text[1:]
            assert check(etree.tostring(tree))["verdict"] == "modified"

    def test_method_of_the_signature(self, good, check):
        assert check(replaced(good, "rsa-sha256", "rsa-sha512"))["verdict"] == "modified"

    def test_claimed_time(self, xades, check):
        assert check(replaced(xades, "2026-11-01T08", "2024-11-01T08"))["verdict"] == "modified"

    def test_signature_taken_out(self, good, check):
        tree, signature = element(good, "Signature")
        for name in ("SignedInfo", "KeyInfo", "SignatureValue"):
            rest = etree.fromstring(good)
            rest.append(next(rest.iter(f"{{{DS}}}{name}")))
            rest.remove(next(rest.iter(f"{{{DS}}}Signature")))
            assert outcome(check(etree.tostring(rest))) == ("modified", "removed")
        tree.remove(signature)
        assert outcome(check(etree.tostring(tree))) == ("unsigned", "unsigned")

    @pytest.mark.parametrize("name", ["http://www.w3.org/2000/09/xmldsi#", "", "urn:other"])
    def test_signature_of_another_name_is_not_called_unsigned(self, good, check, name):
        assert outcome(check(replaced(good, f'xmlns="{DS}"', f'xmlns="{name}"'))) == ("unsupported", "kind")

    @pytest.mark.parametrize("part", ["SignedInfo", "SignatureValue", "Reference", "DigestMethod", "SignatureMethod"])
    def test_part_of_the_signature_taken_out_or_doubled(self, good, check, part):
        tree, found = element(good, part)
        found.getparent().append(etree.fromstring(etree.tostring(found)))
        if part != "Reference":
            assert check(etree.tostring(tree))["verdict"] == "modified"
        tree, found = element(good, part)
        found.getparent().remove(found)
        assert check(etree.tostring(tree))["verdict"] in ("modified", "unsupported")


class TestCertificates:
    def test_none(self, lab, check):
        signed = XmlSigner(lab.citizen, with_certificate=False).sign(DECLARATION)
        assert outcome(check(signed)) == ("modified", "no_certificate")

    def test_bare_key_is_no_certificate(self, good, check):
        tree, data = element(good, "X509Data")
        holder = data.getparent()
        holder.remove(data)
        value = etree.SubElement(holder, f"{{{DS}}}KeyValue")
        etree.SubElement(value, f"{{{DS}}}RSAKeyValue")
        assert outcome(check(etree.tostring(tree))) == ("modified", "no_certificate")

    def test_of_somebody_else(self, lab, check):
        assert check(XmlSigner(lab.citizen, certificate=der(lab.leader)).sign(DECLARATION))["verdict"] == "modified"
        assert check(XmlSigner(lab.rogue, certificate=der(lab.citizen)).sign(DECLARATION))["verdict"] == "modified"

    def test_the_properties_name_another(self, lab, check):
        signed = XmlSigner(lab.citizen, xades=True, named=lab.leader).sign(DECLARATION)
        assert outcome(check(signed)) == ("modified", "wrong_certificate")

    def test_another_one_for_the_same_key(self, lab, check):
        # Nothing but the properties tells whom the signer meant to be.
        twin = twin_of(lab.citizen, lab.citizen_ca, demo_pki.subject("Người Khác"))
        assert check(XmlSigner(lab.citizen, certificate=twin).sign(DECLARATION))["verdict"] == "valid"
        assert check(XmlSigner(lab.citizen, certificate=twin, xades=True).sign(DECLARATION))["verdict"] == "modified"

    def test_among_others(self, lab, good, check):
        tree, data = element(good, "X509Data")
        for other in (der(lab.leader), lab.citizen_ca.certificate.public_bytes(serialization.Encoding.DER)):
            one = etree.Element(f"{{{DS}}}X509Certificate")
            one.text = base64.b64encode(other).decode()
            data.insert(0, one)
        answer = check(etree.tostring(tree))
        assert answer["verdict"] == "valid"
        assert answer["signatures"][0]["signer"] == "Nguyễn Văn An"

    @pytest.mark.parametrize("text", ["", "AAAA", "%%%", "MIIC" * 1000])
    def test_that_is_none(self, good, check, text):
        tree, certificate = element(good, "X509Certificate")
        certificate.text = text
        assert check(etree.tostring(tree))["verdict"] == "modified"

    def test_brought_from_elsewhere(self, lab, check):
        signed = XmlSigner(lab.citizen, with_certificate=False).sign(DECLARATION)
        method = f'<KeyInfo xmlns="{DS}"><RetrievalMethod URI="http://127.0.0.1:9/c.pem"/></KeyInfo>'
        moved = replaced(signed, "</SignatureValue>", "</SignatureValue>" + method)
        assert outcome(check(moved)) == ("modified", "no_certificate")


class TestWrapping:
    """The signature stays sound; what a reader takes for the content is not what was signed."""

    def wrapped(self, signed: bytes, build):
        tree = etree.fromstring(signed)
        signature = next(tree.iter(f"{{{DS}}}Signature"))
        return etree.tostring(build(tree, signature), xml_declaration=True, encoding="UTF-8")

    @pytest.fixture
    def by_name(self, lab):
        return XmlSigner(lab.citizen, uri="#goc").sign(DECLARATION)

    def forged(self, name="moi"):
        root = etree.fromstring(DECLARATION.replace(b">100<", b">900<"))
        root.set("Id", name)
        return root

    def test_signed_root_beside_another_one(self, by_name, check):
        def build(tree, signature):
            root = self.forged()
            root.append(tree)
            return root

        assert outcome(check(self.wrapped(by_name, build))) == ("modified", "not_covered")

    def test_signed_root_moved_into_the_signature(self, by_name, check):
        def build(tree, signature):
            root = self.forged()
            tree.remove(signature)
            holder = etree.SubElement(signature, f"{{{DS}}}Object")
            holder.append(tree)
            root.append(signature)
            return root

        assert check(self.wrapped(by_name, build))["verdict"] == "modified"

    def test_two_of_one_name(self, by_name, check):
        def build(tree, signature):
            root = self.forged("goc")
            root.append(tree)
            return root

        assert check(self.wrapped(by_name, build))["verdict"] == "modified"

    @pytest.mark.parametrize("attribute", ["ID", "id", "{http://www.w3.org/XML/1998/namespace}id"])
    def test_two_of_one_name_in_other_spelling(self, by_name, check, attribute):
        def build(tree, signature):
            del tree.attrib["Id"]
            root = self.forged()
            root.set(attribute, "goc")
            tree.set("Id", "goc")
            root.append(tree)
            return root

        assert check(self.wrapped(by_name, build))["verdict"] == "modified"

    def test_frame_around_a_signed_document(self, good, check):
        def build(tree, signature):
            root = etree.Element("khung")
            root.append(tree)
            return root

        assert check(self.wrapped(good, build))["verdict"] == "modified"

    def test_only_a_part_is_signed(self, lab, check):
        data = HEAD + b"<a><b Id='b'>1</b><c>2</c></a>"
        signed = XmlSigner(lab.citizen, uri="#b").sign(data)
        assert outcome(check(signed)) == ("modified", "not_covered")

    def test_nothing_but_an_object_of_its_own(self, lab, check):
        # Its own properties are all that it signs.
        signed = XmlSigner(lab.citizen, uri="#S0-P", xades=True, transforms=()).of_itself(DECLARATION)
        assert outcome(check(signed)) == ("modified", "not_covered")

    def test_signed_properties_that_are_not_signed(self, lab, good, xades, check):
        tree, signature = element(good, "Signature")
        _other, holder = element(xades, "Object")
        signature.append(holder)
        assert outcome(check(etree.tostring(tree))) == ("modified", "not_covered")

    def test_content_hidden_in_an_object(self, good, check):
        tree, signature = element(good, "Signature")
        etree.SubElement(signature, f"{{{DS}}}Object").append(self.forged())
        assert outcome(check(etree.tostring(tree))) == ("modified", "not_covered")

    def test_enveloping_is_not_taken_for_the_document(self, lab, check):
        signed = XmlSigner(lab.citizen, uri="#noidung", transforms=()).enveloping(b"<o>100</o>")
        assert check(signed)["verdict"] not in ("valid", "amended", "unsigned")

    @pytest.mark.parametrize("text", ["100<x/>", "<x/>100", "1<x/>00"])
    def test_signature_moved_into_a_text(self, good, check, text):
        # Left out of the digest wherever it stands, it cuts the text in two.
        tree, signature = element(good, "Signature")
        moved = etree.tostring(signature, with_tail=False).decode()
        tree.remove(signature)
        data = replaced(etree.tostring(tree), ">100<", f">{text.replace('<x/>', moved)}<")
        assert outcome(check(data)) == ("modified", "not_covered")

    def test_signature_moved_into_a_text_of_an_invoice(self, invoice, check):
        tree, signature = element(invoice, "Signature")
        signature.getparent().remove(signature)
        number = next(tree.iter("SHDon"))
        number.append(signature)
        assert outcome(check(etree.tostring(tree))) == ("modified", "not_covered")

    def test_doctored_namespaces(self, good, check):
        changed = replaced(good, "<ToKhai ", "<ToKhai xmlns:x='urn:x' ")
        assert check(changed)["verdict"] == "modified"


class TestComments:
    """Canonical forms leave comments out: whoever puts one in breaks no digest, and cuts a text in two."""

    def test_within_a_text(self, good, check):
        cut = replaced(good, ">100<", ">1<!-- -->00<")
        assert outcome(check(cut)) == ("modified", "not_covered")
        assert check(replaced(good, ">100<", ">100<!-- --><"))["verdict"] == "modified"

    @pytest.mark.parametrize("place", ["<HoTen>", "<SoTien>"])
    def test_between_elements(self, good, check, place):
        assert outcome(check(replaced(good, place, "<!-- note -->" + place))) == ("unsupported", "part_signed")

    def test_around_the_root(self, good, check):
        assert check(good + b"<!-- note -->")["verdict"] == "unsupported"
        assert check(good.replace(HEAD, HEAD + b"<!-- note -->"))["verdict"] == "unsupported"

    def test_within_the_signature(self, good, check):
        for name in ("SignedInfo", "SignatureValue", "DigestValue", "X509Certificate"):
            tree, part = element(good, name)
            part.insert(0, etree.Comment("x"))
            assert outcome(check(etree.tostring(tree))) == ("modified", "damaged_signature")
            tree, part = element(good, name)
            part.insert(0, etree.ProcessingInstruction("x"))
            assert check(etree.tostring(tree))["verdict"] == "modified"

    def test_style_sheet_decides_what_is_shown(self, lab, good, check):
        sheet = b"<?xml-stylesheet type='text/xsl' href='http://127.0.0.1:9/a.xsl'?>"
        assert check(good.replace(HEAD, HEAD + sheet))["verdict"] == "modified"
        signed = XmlSigner(lab.citizen).sign(DECLARATION.replace(b"<ToKhai", sheet + b"<ToKhai"))
        assert outcome(check(signed)) == ("unsupported", "part_signed")
        named = XmlSigner(lab.citizen, uri="#goc").sign(DECLARATION)
        assert outcome(check(named.replace(HEAD, HEAD + sheet))) == ("unsupported", "part_signed")
        assert outcome(check(named.replace(HEAD, HEAD + b"<?app x?>"))) == ("unsupported", "part_signed")


class TestNotFollowed:
    @pytest.mark.parametrize(
        "uri", ["http://127.0.0.1:9/a.xml", "file:///etc/passwd", "a.xml", "%23goc", "cid:1", "data:text/plain,100"]
    )
    def test_reference_out_of_the_document(self, good, check, uri):
        assert outcome(check(replaced(good, 'URI=""', f'URI="{uri}"'))) == ("unsupported", "content_missing")

    def test_reference_without_a_name(self, good, check):
        assert check(replaced(good, ' URI=""', ""))["verdict"] == "unsupported"
        assert check(replaced(good, 'URI=""', 'URI="#xpointer(/)"'))["verdict"] == "unsupported"
        assert check(replaced(good, 'URI=""', 'URI="#khongco"'))["verdict"] == "modified"

    @pytest.mark.parametrize("transform", [XSLT, XPATH, FILTER, f"{DS}base64", "urn:unknown", ""])
    def test_transforms(self, good, check, transform):
        added = f'<Transform Algorithm="{transform}"/></Transforms>'
        assert outcome(check(replaced(good, "</Transforms>", added))) == ("unsupported", "algorithm")

    def test_program_in_a_transform(self, good, check):
        program = (
            f'<Transform Algorithm="{XSLT}"><xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
            '<xsl:template match="/"><xsl:copy-of select="document(\'file:///etc/passwd\')"/></xsl:template>'
            "</xsl:stylesheet></Transform></Transforms>"
        )
        assert check(replaced(good, "</Transforms>", program))["verdict"] == "unsupported"

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (f"{MORE}rsa-sha256", f"{DS}hmac-sha1"),
            (f"{MORE}rsa-sha256", f"{DS}dsa-sha1"),
            (f"{MORE}rsa-sha256", ""),
            ("xmlenc#sha256", "xmlenc#ripemd160"),
            (C14N, "urn:unknown"),
        ],
    )
    def test_algorithms(self, good, check, old, new):
        assert (
            check(
                replaced(
                    good, f'"{old}"' if old.startswith("http") else old, f'"{new}"' if old.startswith("http") else new
                )
            )["verdict"]
            == "unsupported"
        )


class TestInvoices:
    """Published forms whose signature covers the data and not the frame around it."""

    def test_frame_with_signatures_only(self, invoice, check):
        answer = check(invoice)
        assert outcome(answer) == ("valid", "valid")
        assert answer["signatures"][0]["covers_whole_file"]

    def test_several_parties(self, lab, invoice, check):
        both = XmlSigner(lab.leader, uri="#data", place="DSCKS").sign(invoice)
        answer = check(both)
        assert [one["verdict"] for one in answer["signatures"]] == ["valid", "valid"]
        third = XmlSigner(lab.revoked, uri="#data", place="DSCKS").sign(both)
        assert check(third)["verdict"] == "revoked"

    def test_tax_return(self, lab, check):
        data = HEAD + b"<HSoThueDTu xmlns='urn:t'><HSoKhaiThue id='_NODE_TO_SIGN'>1</HSoKhaiThue><CKyDTu/></HSoThueDTu>"
        signed = XmlSigner(lab.citizen, uri="#_NODE_TO_SIGN", place="{*}CKyDTu").sign(data)
        assert outcome(check(signed)) == ("valid", "valid")
        assert check(replaced(signed, "<CKyDTu", "<Khac>2</Khac><CKyDTu"))["verdict"] == "unsupported"

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("<DSCKS>", "<MCCQT>M1-24-X</MCCQT><DSCKS>"),
            ("<DSCKS>", "<DSCKS>x"),
            ("<DSCKS>", "<DSCKS a='1'>"),
            ("<HDon>", "<HDon a='1'>"),
            ("<HDon>", "<HDon>huy"),
            ("<NBan>", "<NBan><x>1</x>"),
            ("</DSCKS>", "</DSCKS>x"),
            ("</DSCKS>", "</DSCKS><DLHDon Id='moi'>900</DLHDon>"),
            ("<DSCKS>", "<DSCKS/><DSCKS>"),
        ],
    )
    def test_something_else_in_the_frame(self, invoice, check, old, new):
        assert outcome(check(replaced(invoice, old, new))) == ("unsupported", "part_signed")

    def test_another_frame(self, invoice, check):
        other = invoice.replace(b"<HDon>", b"<HuyHDon>").replace(b"</HDon>", b"</HuyHDon>")
        assert outcome(check(other)) == ("modified", "not_covered")
        message = invoice.replace(b"<HDon>", b"<TDiep><HDon>").replace(b"</HDon>", b"</HDon></TDiep>")
        assert outcome(check(message)) == ("unsupported", "part_signed")

    def test_changed_data(self, invoice, check):
        assert check(replaced(invoice, ">100<", ">900<"))["verdict"] == "modified"

    def test_a_worse_verdict_stays(self, lab, check):
        signed = XmlSigner(lab.revoked, uri="#data", place="DSCKS").sign(INVOICE)
        assert check(replaced(signed, "<DSCKS>", "<MCCQT>1</MCCQT><DSCKS>"))["verdict"] == "revoked"


class TestSeveral:
    def test_a_second_one_breaks_the_first(self, lab, good, check):
        answer = check(XmlSigner(lab.leader).sign(good))
        assert [one["verdict"] for one in answer["signatures"]] == ["modified", "valid"]
        assert answer["verdict"] == "modified"

    def test_counter_signature(self, xades, good, check):
        _tree, inner = element(good, "Signature")
        added = (
            "<x:UnsignedProperties><x:UnsignedSignatureProperties><x:CounterSignature>"
            f"{etree.tostring(inner, with_tail=False).decode()}"
            "</x:CounterSignature></x:UnsignedSignatureProperties></x:UnsignedProperties>"
        )
        answer = check(replaced(xades, "</x:QualifyingProperties>", added + "</x:QualifyingProperties>"))
        assert answer["verdict"] not in ("valid", "amended")
        assert "unsupported" in [one["verdict"] for one in answer["signatures"]]

    def test_too_many(self, good, check):
        tree, signature = element(good, "Signature")
        for _number in range(64):
            tree.append(etree.fromstring(etree.tostring(signature)))
        assert outcome(check(etree.tostring(tree))) == ("unreadable", "too_many")


class TestHostile:
    """In the limited process, as the server does it: each ends in a verdict, within the time of one check."""

    @pytest.fixture(scope="class")
    def pool(self):
        pool = pools.Pool(1)
        yield pool
        pool.stop()

    @staticmethod
    def laughs() -> bytes:
        levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        return f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "lol">{levels}]><a xmlns="{DS}">&l9;</a>'.encode()

    def hostile(self, good: bytes) -> dict[str, bytes]:
        text = good.decode()
        outside = '<!DOCTYPE ToKhai [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        return {
            "laughs": self.laughs(),
            "outside entity": text.replace("<ToKhai", outside + "<ToKhai", 1).replace(">100<", ">&x;<").encode(),
            "outside grammar": text.replace(
                "<ToKhai", '<!DOCTYPE ToKhai SYSTEM "http://127.0.0.1:9/a.dtd"><ToKhai', 1
            ).encode(),
            "grammar with defaults": text.replace(
                "<ToKhai", '<!DOCTYPE ToKhai [<!ATTLIST SoTien donvi CDATA "ty">]><ToKhai', 1
            ).encode(),
            "deep": f"<?xml version='1.0'?><a xmlns='{DS}'>".encode() + b"<b>" * 1_000_000,
            "deep and closed": f"<?xml version='1.0'?><a xmlns='{DS}'>".encode()
            + b"<b>" * 5000
            + b"</b>" * 5000
            + b"</a>",
            "huge base64": text.replace("</SignatureValue>", "A" * 15_000_000 + "</SignatureValue>").encode(),
            "huge certificate": re.sub("<X509Certificate>[^<]*", "<X509Certificate>" + "A" * 9_000_000, text).encode(),
            "many names": text.replace(
                "<SoTien>", "".join(f'<z Id="n{n}"/>' for n in range(300_000)) + "<SoTien>"
            ).encode(),
            "many references": re.sub(
                "(<Reference.*?</Reference>)", lambda found: found[0] * 5000, text, flags=re.DOTALL
            ).encode(),
            "many certificates": re.sub(
                "(<X509Certificate>.*?</X509Certificate>)", lambda found: found[0] * 2000, text, flags=re.DOTALL
            ).encode(),
            "many attributes": text.replace(
                "<SoTien>", "<SoTien " + " ".join(f'a{n}="1"' for n in range(100_000)) + ">"
            ).encode(),
            "many namespaces": text.replace(
                "<SoTien>", "<SoTien " + " ".join(f'xmlns:a{n}="urn:{n}"' for n in range(20_000)) + ">"
            ).encode(),
            "cut off": good[: len(good) // 2],
            "zeros": b"<?xml version='1.0'?>" + b"\0" * 1_000_000,
            "inclusion": text.replace(
                "<SoTien>",
                '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/><SoTien>',
            ).encode(),
        }

    NAMES = (
        *("laughs", "outside entity", "outside grammar", "grammar with defaults", "deep", "deep and closed"),
        *("huge base64", "huge certificate", "many names", "many references", "many certificates"),
        *("many attributes", "many namespaces", "cut off", "zeros", "inclusion"),
    )

    @pytest.mark.parametrize("name", NAMES)
    def test_ends_in_a_verdict(self, pool, lab, good, name):
        data = self.hostile(good)[name]
        start = time.monotonic()
        answer = pool.verify(data, "a.xml", lab.trust())
        assert answer["verdict"] in ("modified", "unreadable", "unsupported")
        assert "root:" not in str(answer)
        assert time.monotonic() - start < ENOUGH

    def test_the_next_is_checked(self, pool, lab, good):
        assert pool.verify(good, "a.xml", lab.trust())["verdict"] == "valid"

    def test_many_signatures_end_in_time(self, pool, lab, good):
        tree, signature = element(good, "Signature")
        for _number in range(62):
            tree.append(etree.fromstring(etree.tostring(signature)))
        etree.SubElement(tree, "{urn:test}x").text = "y" * 5_000_000
        start = time.monotonic()
        answer = pool.verify(etree.tostring(tree), "a.xml", lab.trust())
        assert answer["verdict"] in ("modified", "unreadable")
        assert time.monotonic() - start < ENOUGH

    @pytest.mark.parametrize("data", [b"<html><p>x</html>", b"<", b"<a>", b"\xff\xfe<", b"<?xml version='1.0'?>"])
    def test_broken_and_without_a_trace(self, check, data):
        assert outcome(check(data)) == ("unreadable", "damaged")


@pytest.fixture(scope="module")
def files(lab, tmp_path_factory):
    """The citizen's key and certificate in PEM, for other programs."""
    folder = tmp_path_factory.mktemp("xmlsec")
    signer = lab.citizen.signer()
    key = serialization.load_der_private_key(signer.signing_key.dump(), None)
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "cert.pem").write_bytes(
        b"-----BEGIN CERTIFICATE-----\n"
        + base64.encodebytes(signer.signing_cert.dump())
        + b"-----END CERTIFICATE-----\n"
    )
    return folder


class TestSignxml:
    """What another implementation signs verifies here."""

    def options(self, files):
        return {"key": (files / "key.pem").read_bytes(), "cert": (files / "cert.pem").read_text()}

    @pytest.mark.parametrize("form", [C14N, EXCLUSIVE, "http://www.w3.org/2006/12/xml-c14n11"])
    @pytest.mark.parametrize("algorithm", ["rsa-sha256", "rsa-sha512", "sha256-rsa-MGF1"])
    def test_signatures(self, files, check, form, algorithm):
        signer = signxml.XMLSigner(c14n_algorithm=form, signature_algorithm=algorithm)
        signed = etree.tostring(signer.sign(etree.fromstring(DECLARATION), **self.options(files)))
        assert outcome(check(signed)) == ("valid", "valid")
        assert check(replaced(signed, ">100<", ">900<"))["verdict"] == "modified"

    def test_xades(self, files, check):
        signed = etree.tostring(
            XAdESSigner(c14n_algorithm=C14N).sign(etree.fromstring(DECLARATION), **self.options(files))
        )
        answer = check(signed)
        assert outcome(answer) == ("valid", "valid")
        assert answer["signatures"][0]["level"] == "XAdES B-B"


XMLSEC = os.environ.get("DVC_XMLSEC1") or shutil.which("xmlsec1")


@pytest.mark.skipif(not XMLSEC, reason="xmlsec1 is not installed")
class TestXmlsec:
    """What xmlsec signs verifies here, and the reverse."""

    TEMPLATE = (
        '<Signature xmlns="{ds}"><SignedInfo><CanonicalizationMethod Algorithm="{form}"/>'
        '<SignatureMethod Algorithm="{more}rsa-sha256"/><Reference URI="{uri}"><Transforms>'
        '<Transform Algorithm="{ds}enveloped-signature"/>{step}</Transforms>'
        '<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference></SignedInfo>'
        "<SignatureValue/><KeyInfo><X509Data/></KeyInfo></Signature>"
    )

    def run(self, *command):
        done = subprocess.run([XMLSEC, *command], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def signed(
        self, files, data: bytes, uri="", form=C14N, step="", before=b"</ToKhai>", kind="urn:test:ToKhai"
    ) -> bytes:
        template = self.TEMPLATE.format(ds=DS, more=MORE, form=form, uri=uri, step=step).encode()
        (files / "template.xml").write_bytes(data.replace(before, template + before))
        keys = f"{files / 'key.pem'},{files / 'cert.pem'}"
        return self.run("--sign", "--id-attr:Id", kind, "--privkey-pem", keys, str(files / "template.xml"))

    @pytest.mark.parametrize("uri", ["", "#goc"])
    @pytest.mark.parametrize("form", [C14N, EXCLUSIVE])
    @pytest.mark.parametrize("step", ["", f'<Transform Algorithm="{EXCLUSIVE}"/>', f'<Transform Algorithm="{C14N}"/>'])
    def test_signatures(self, files, check, uri, form, step):
        data = DECLARATION.replace(b"<HoTen>", b"\n  <b:x xmlns:b='urn:b' b:c='d'/><!-- note -->\n  <HoTen>")
        signed = self.signed(files, data.replace(b"<!-- note -->", b""), uri, form, step)
        assert outcome(check(signed)) == ("valid", "valid")
        assert check(replaced(signed, ">100<", ">900<"))["verdict"] == "modified"
        # Without the comment the digest is the same: only the coverage tells.
        assert check(self.signed(files, data, uri, form, step))["verdict"] == "unsupported"

    def test_invoice(self, files, check):
        signed = self.signed(
            files, INVOICE.replace(b"<NBan/>", b"<NBan></NBan>"), "#data", before=b"</NBan>", kind="DLHDon"
        )
        assert outcome(check(signed)) == ("valid", "valid")

    def test_agrees_on_what_is_signed_here(self, lab, files, good, invoice):
        authorities = files / "roots.pem"
        authorities.write_bytes(lab.trust().citizens[0])
        inner = files / "inner.pem"
        inner.write_bytes(lab.trust().intermediates[0])
        for name, data, kind in (("good", good, "urn:test:ToKhai"), ("invoice", invoice, "DLHDon")):
            (files / name).write_bytes(data)
            trusted = ("--trusted-pem", str(authorities), "--untrusted-pem", str(inner))
            self.run("--verify", "--id-attr:Id", kind, *trusted, str(files / name))
