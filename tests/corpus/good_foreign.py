# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Files signed by other people's software; what is not on the machine is passed over.

Java's signers want Debian's libpdfbox2-java, libitext5-java and libbcpkix-java; node-signpdf and
endesive are looked for in ``$DVC_CORPUS_FOREIGN/node`` and ``$DVC_CORPUS_FOREIGN/endesive``.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from . import bases, byhand, signing
from .case import GOOD, Case, maker, say

HERE = Path(__file__).parent / "foreign"
FOREIGN = Path(os.environ.get("DVC_CORPUS_FOREIGN", "/tmp/foreign"))
JARS = "bcpkix bcprov bcutil pdfbox2 fontbox2 commons-logging itext5".split()
PASSWORD = "chi-de-thu"


def good(name, data, note="", expected=GOOD):
    return Case(f"foreign.{name}", data, expected, note)


def keep_key(folder, person, old=False):
    """Write a person's key as PKCS#12; return the path."""
    lock = serialization.BestAvailableEncryption(PASSWORD.encode())
    if old:
        lock = (
            serialization.PrivateFormat.PKCS12.encryption_builder()
            .kdf_rounds(2048)
            .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
            .build(PASSWORD.encode())
        )
    path = folder / f"key{person.certificate.serial_number}.p12"
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"key", person.key, person.certificate, person.chain, lock))
    return path


def run(command, cwd=None):
    """Return whether a tool did its work; says why where it did not."""
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, timeout=120, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        say("  tool:", command[0], error)
        return False
    if done.returncode:
        say(
            "  tool:",
            " ".join(map(str, command))[-120:],
            (done.stderr or done.stdout)[-300:].decode("utf-8", "replace"),
        )
    return done.returncode == 0


def sources():
    return {"plain": bases.plain(), "packed": bases.packed(), "drawn": bases.drawn(2)}


def signed_by(label, command, world, old=False, cwd=None, twice=True):
    """Yield what a tool signs: each source once, and once more by the agency's seal (ours and its own)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = keep_key(folder, world.citizen, old)
        for source, data in sources().items():
            (folder / "in.pdf").write_bytes(data)
            (folder / "out.pdf").unlink(missing_ok=True)
            if not run(command(folder / "in.pdf", folder / "out.pdf", key), cwd):
                continue
            one = (folder / "out.pdf").read_bytes()
            yield good(f"{label}_{source}", one)
            if not twice:
                continue
            yield good(f"{label}_{source}_then_ours", signing.sign(one, world.other))
            stamped = signing.stamp(one, world.tsa)
            yield good(f"{label}_{source}_then_stamp", stamped)
            ours = signing.sign(data, world.other)
            (folder / "in.pdf").write_bytes(ours)
            if run(command(folder / "in.pdf", folder / "out.pdf", key), cwd):
                yield good(f"ours_then_{label}_{source}", (folder / "out.pdf").read_bytes())


@maker("foreign")
def java(world):
    """PDFBox and iText."""
    jars = ":".join(f"/usr/share/java/{jar}.jar" for jar in JARS)
    if not shutil.which("java") or not Path("/usr/share/java/pdfbox2.jar").exists():
        return
    for program, modes in {
        "BoxSigner": ("plain", "external", "certified"),
        "TextSigner": ("append_cms", "append_pades", "append_visible", "append_certified"),
    }.items():
        for mode in modes:

            def command(source, target, key, program=program, mode=mode):
                return [
                    "java",
                    "-cp",
                    jars,
                    str(HERE / f"{program}.java"),
                    str(source),
                    str(target),
                    str(key),
                    PASSWORD,
                    mode,
                ]

            yield from signed_by(f"{program.lower()}_{mode}", command, world, twice="certified" not in mode)


@maker("foreign")
def scripts(world):
    """node-signpdf and endesive."""
    if (FOREIGN / "node/node_modules").exists():
        for mode in ("plain", "lib", "lib_packed"):

            def command(source, target, key, mode=mode):
                return ["node", str(HERE / "sign.js"), str(source), str(target), str(key), PASSWORD, mode]

            yield from signed_by(
                f"signpdf_{mode}", command, world, old=True, cwd=FOREIGN / "node", twice=mode == "plain"
            )
    python = FOREIGN / "endesive/bin/python"
    if python.exists():
        yield from signed_by(
            "endesive",
            lambda source, target, key: [
                str(python),
                str(HERE / "endesive_sign.py"),
                str(source),
                str(target),
                str(key),
                PASSWORD,
            ],
            world,
        )


@maker("foreign")
def by_hand(world):
    """Our own signer of bytes, and openssl's."""
    for source, data in sources().items():
        if source == "packed":
            continue
        for label, options in {
            "cms": {},
            "pss": {"scheme": "pss"},
            "sha512": {"digest": "sha512"},
            "bare": {"ess": False},
        }.items():
            yield good(f"hand_{label}_{source}", byhand.sign(data, byhand.plain(world.citizen, **options)))
        first = byhand.sign(data, byhand.plain(world.citizen))
        yield good(f"hand_then_ours_{source}", signing.sign(first, world.other))
        yield good(f"hand_twice_{source}", byhand.sign(first, byhand.plain(world.other)))
        if shutil.which("openssl"):
            yield good(f"openssl_{source}", byhand.sign(data, lambda content: by_openssl(content, world.citizen)))
            yield good(
                f"openssl_cades_{source}",
                byhand.sign(
                    data, lambda content: by_openssl(content, world.citizen, "-cades"), kind=b"/ETSI.CAdES.detached"
                ),
            )


def by_openssl(content, person, *options):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "content").write_bytes(content)
        pem = serialization.Encoding.PEM
        (folder / "key").write_bytes(
            person.key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        (folder / "certificate").write_bytes(person.certificate.public_bytes(pem))
        (folder / "chain").write_bytes(b"".join(one.public_bytes(pem) for one in person.chain))
        command = [
            "openssl",
            "cms",
            "-sign",
            "-binary",
            "-md",
            "sha256",
            "-in",
            "content",
            "-signer",
            "certificate",
            "-inkey",
            "key",
            "-certfile",
            "chain",
            "-outform",
            "DER",
            "-out",
            "out",
            *options,
        ]
        assert run(command, folder)
        return (folder / "out").read_bytes()


@maker("foreign")
def nss(world):
    """poppler's pdfsig, LibreOffice: both take the key from a store of NSS."""
    if not shutil.which("pdfsig") or not shutil.which("certutil"):
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = folder / "nss"
        store.mkdir()
        key = keep_key(folder, world.citizen, old=True)
        ready = run(["certutil", "-N", "-d", f"sql:{store}", "--empty-password"]) and run(
            ["pk12util", "-i", str(key), "-d", f"sql:{store}", "-W", PASSWORD, "-K", ""]
        )
        if not ready:
            return
        for source, data in sources().items():
            (folder / "in.pdf").write_bytes(data)
            for label, options in {"plain": [], "pades": ["-etsi"]}.items():
                (folder / "out.pdf").unlink(missing_ok=True)
                command = [
                    "pdfsig",
                    "-nssdir",
                    f"sql:{store}",
                    "-add-signature",
                    "-nick",
                    "key",
                    *options,
                    "in.pdf",
                    "out.pdf",
                ]
                if run(command, folder):
                    one = (folder / "out.pdf").read_bytes()
                    yield good(f"pdfsig_{label}_{source}", one)
                    yield good(f"pdfsig_{label}_{source}_then_ours", signing.sign(one, world.other))


@maker("foreign")
def odoo(world):
    """Odoo's own signer."""
    import sys

    home = Path(__file__).resolve().parents[2] / ".dvc/odoo/root/usr/lib/python3/dist-packages"
    if not home.exists():
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pem = serialization.Encoding.PEM
        (folder / "key").write_bytes(
            world.citizen.key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        (folder / "certificate").write_bytes(world.citizen.certificate.public_bytes(pem))
        for source, data in sources().items():
            (folder / "in.pdf").write_bytes(data)
            for visible in ("", "visible"):
                if run([sys.executable, str(HERE / "odoo_sign.py"), str(home), "in.pdf", "out.pdf", visible], folder):
                    yield good(
                        f"odoo_{source}_{visible or 'plain'}",
                        (folder / "out.pdf").read_bytes(),
                        "no intermediate in it: ours is known",
                    )
