#!/usr/bin/env python3
"""Writes token_vectors.hpp: keys and tokens made by another implementation (Python's cryptography).

Not part of the build. New keys each time, so the header changes as a whole.
"""

import base64, datetime, hashlib, hmac, json, pathlib, textwrap

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

SECRET = b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
CLAIMS = {"iss": "https://id.example", "sub": "alice42", "aud": ["chat", "push"], "iat": 1700000000,
          "exp": 1700003600, "user": {"id": 1234567, "name": "Alice"}}


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, length=None):
    return b64(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


rsa_key = rsa.generate_private_key(65537, 2048)
weak_key = rsa.generate_private_key(65537, 1024)
curves = {"256": ec.generate_private_key(ec.SECP256R1()), "384": ec.generate_private_key(ec.SECP384R1()),
          "512": ec.generate_private_key(ec.SECP521R1())}
other_curve = ec.generate_private_key(ec.SECP256K1())
edwards = ed25519.Ed25519PrivateKey.generate()


def sign(alg, text):
    bits = alg[2:]
    if alg == "EdDSA":
        return edwards.sign(text)
    if alg.startswith("HS"):
        return hmac.new(SECRET, text, getattr(hashlib, "sha" + bits)).digest()
    if alg.startswith("RS"):
        return rsa_key.sign(text, padding.PKCS1v15(), HASHES[bits])
    if alg.startswith("PS"):
        pss = padding.PSS(mgf=padding.MGF1(HASHES[bits]), salt_length=HASHES[bits].digest_size)
        return rsa_key.sign(text, pss, HASHES[bits])
    size = (curves[bits].key_size + 7) // 8
    r, s = decode_dss_signature(curves[bits].sign(text, ec.ECDSA(HASHES[bits])))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def token(alg, kid):
    header = {"alg": alg, "typ": "JWT", "kid": kid}
    text = ".".join(b64(json.dumps(part, separators=(",", ":")).encode()) for part in (header, CLAIMS))
    return text + "." + b64(sign(alg, text.encode()))


def pem(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM,
                                         serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def rsa_jwk(key, kid):
    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "kid": kid, "use": "sig", "n": number(numbers.n), "e": number(numbers.e)}


def curve_jwk(key, name, kid):
    numbers = key.public_key().public_numbers()
    size = (key.key_size + 7) // 8
    return {"kty": "EC", "crv": name, "kid": kid, "x": number(numbers.x, size), "y": number(numbers.y, size)}


name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "signer")])
certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name)
               .public_key(rsa_key.public_key()).serial_number(1)
               .not_valid_before(datetime.datetime(2020, 1, 1)).not_valid_after(datetime.datetime(2020, 1, 2))
               .sign(rsa_key, hashes.SHA256()))
pkcs1 = rsa_key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1)
private = rsa_key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption())
edwards_raw = edwards.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
jwks = {"keys": [
    {"kty": "oct", "kid": "secret", "k": b64(SECRET)}, rsa_jwk(rsa_key, "rsa"),
    curve_jwk(curves["256"], "P-256", "p256"), curve_jwk(curves["384"], "P-384", "p384"),
    curve_jwk(curves["512"], "P-521", "p521"),
    {"kty": "OKP", "crv": "Ed25519", "kid": "edwards", "alg": "EdDSA", "x": b64(edwards_raw)}]}
kids = {"HS": "secret", "RS": "rsa", "PS": "rsa", "Ed": "edwards"}
tokens = {}
for family in ("HS", "RS", "PS", "ES"):
    for bits in ("256", "384", "512"):
        kid = kids.get(family) or {"256": "p256", "384": "p384", "512": "p521"}[bits]
        tokens[family + bits] = token(family + bits, kid)
tokens["EdDSA"] = token("EdDSA", "edwards")

lines = ["#pragma once", "// token_vectors.hpp - keys and tokens. Made by make_token_vectors.py; do not edit.", "",
         "#include <array>", "#include <string_view>", "", "namespace pushgate::agent {", ""]


def literal(text):
    rows = [row for line in text.splitlines(True) for row in textwrap.wrap(
        line.replace("\n", "\x01"), 84, break_on_hyphens=False, drop_whitespace=False)]
    return "\n".join('    "' + row.replace("\x01", "\n").replace("\\", "\\\\").replace('"', '\\"')
                     .replace("\n", "\\n") + '"' for row in rows)


def constant(label, text):
    lines.append(f"inline constexpr std::string_view {label} =\n{literal(text)};")


constant("kSecret", SECRET.decode())
constant("kJwks", json.dumps(jwks, separators=(",", ":")))
for label, text in (("kRsaPem", pem(rsa_key)), ("kRsaPkcs1Pem", pkcs1.decode()),
                    ("kRsaCertificate", certificate.public_bytes(serialization.Encoding.PEM).decode()),
                    ("kPrivatePem", private.decode()), ("kWeakRsaPem", pem(weak_key)),
                    ("kWeakRsaJwk", json.dumps(rsa_jwk(weak_key, "weak"), separators=(",", ":"))),
                    ("kP256Pem", pem(curves["256"])), ("kP384Pem", pem(curves["384"])),
                    ("kP521Pem", pem(curves["512"])), ("kOtherCurvePem", pem(other_curve)),
                    ("kEdwardsPem", pem(edwards)), ("kClaims", json.dumps(CLAIMS, separators=(",", ":")))):
    constant(label, text)
lines += ["", "struct SignedToken {", "  std::string_view algorithm;", "  std::string_view token;", "};",
          "/// Of every algorithm, in the order of the enumeration; with `kid`, issued at 1700000000.",
          "inline constexpr std::array kTokens{"]
for alg, text in tokens.items():
    lines.append(f'    SignedToken{{"{alg}",\n{literal(text)}}},')
lines += ["};", "", "}  // namespace pushgate::agent", ""]
pathlib.Path(__file__).with_name("token_vectors.hpp").write_text("\n".join(lines))
