"""A certificate for TLS in tests: of trunk.test and 127.0.0.1, signed by itself, valid for a hundred years."""

import ssl
from pathlib import Path

_KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg1ohpBP5XS/F2eCKv
tmTTg42KwIdDHUPWS1COHwSDr6ahRANCAAQzz1isscStNTe6kGahXz0tDSIR6dQH
5PM8Y8lJQ8NmZcW932EN0kYkIeGdc3aFDWF63VrZJVMVwgU23DSmzQzk
-----END PRIVATE KEY-----
"""
CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBajCCARCgAwIBAgIBATAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDAp0cnVuay50
ZXN0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAVMRMwEQYDVQQD
DAp0cnVuay50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEM89YrLHErTU3
upBmoV89LQ0iEenUB+TzPGPJSUPDZmXFvd9hDdJGJCHhnXN2hQ1het1a2SVTFcIF
Ntw0ps0M5KNPME0wDwYDVR0TAQH/BAUwAwEB/zAbBgNVHREEFDASggp0cnVuay50
ZXN0hwR/AAABMB0GA1UdDgQWBBQyC1gU6Uyw4bnzBu97yi5kJq1uyDAKBggqhkjO
PQQDAgNIADBFAiBAmETkzabkRzLJoOJJqLYbmaKXPUtPFNtxEqx4kXj/EAIhANP8
4E7sY11PCHImy0OVGG0pi2OjiRMzFUkt5wmQTsLW
-----END CERTIFICATE-----
"""


def server_context(folder: Path) -> ssl.SSLContext:
    """What a server needs that shows it."""
    file = folder / "trunk.pem"
    file.write_text(_KEY + CERTIFICATE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def client_context() -> ssl.SSLContext:
    """What a client needs that believes it, and nobody else."""
    return ssl.create_default_context(cadata=CERTIFICATE)
